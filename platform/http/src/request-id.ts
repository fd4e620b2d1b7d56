/** Request IDs: the caller's when it is sane, else our own. */
import type { IncomingMessage } from "node:http";
import type { Random } from "@tenfold/core";

const SANE = /^[A-Za-z0-9._-]{1,64}$/;

/** Ours are a random part for the process and a counter: unique, short, and cheap to make. */
export function createRequestIds(random: Random): (request: IncomingMessage) => string {
  const prefix = Buffer.from(random.bytes(9)).toString("base64url");
  let count = 0;
  return (request) => {
    const given = request.headers["x-request-id"];
    if (typeof given === "string" && SANE.test(given)) return given;
    count += 1;
    return `${prefix}.${count.toString(36)}`;
  };
}
