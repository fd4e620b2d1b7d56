/** Makes two replies to one command comparable. */
import { itemsOf } from "./raw-client.ts";

/** What we answer differently on purpose, each with what makes both sides comparable. */
const intended: Readonly<Record<string, (command: readonly string[], reply: string) => string>> = {
  "unordered collections come in an order of their own": (command, reply) => {
    const pairs = ["HGETALL", "HSCAN", "ZSCAN"].includes(command[0] ?? "");
    const flat = ["HKEYS", "HVALS", "SMEMBERS", "HGETALL"].includes(command[0] ?? "");
    if (flat) return sorted(reply, pairs && reply.startsWith("*"));
    const [cursor, page] = command[0]?.endsWith("SCAN") ? itemsOf(reply) : [];
    return page === undefined ? reply : `${cursor}${sorted(page, pairs)}`;
  },
  "cursors are our own": (command, reply) =>
    command[0]?.endsWith("SCAN") ? reply.replace(/\$\d+\r\n\d+\r\n/, "CURSOR") : reply,
  "time passes between the two answers": (command, reply) =>
    command[0] === "PTTL" ? `:${Math.round(Number(reply.slice(1)) / 10_000)}\r\n` : reply,
};

function sorted(reply: string, inPairs: boolean): string {
  if (!/^[*%~]/.test(reply)) return reply;
  const items = itemsOf(reply);
  const isMap = inPairs || reply.startsWith("%");
  const units = isMap
    ? items.filter((_, i) => i % 2 === 0).map((item, i) => item + (items[2 * i + 1] ?? ""))
    : items;
  return reply.slice(0, reply.indexOf("\r\n") + 2) + units.sort().join("");
}

/** The reply without what is ours to choose. */
export const comparable = (command: readonly string[], reply: string): string =>
  Object.values(intended).reduce((text, adjust) => adjust(command, text), reply);
