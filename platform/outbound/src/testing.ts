/** Local web servers for this package's tests. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { systemClock } from "@tenfold/core";
import type { Resolve } from "./addresses.ts";
import { createOutbound, type OutboundOptions } from "./guard.ts";
import type { FetchOptions } from "./outbound.ts";

export interface TestServer extends AsyncDisposable {
  url: string;
  /** `127.0.0.1:40123`. */
  host: string;
  port: number;
}

/** A server on a free port of `address`. */
export async function serve(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
  at: { address?: string; port?: number } = {},
): Promise<TestServer> {
  const { address: ip = "127.0.0.1", port: wanted = 0 } = at;
  const server = createServer(listener).listen(wanted, ip);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it listens on a port");
  const host = `${ip}:${address.port}`;
  return {
    url: `http://${host}`,
    host,
    port: address.port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** A guard that may reach these servers, on the machine's clock. */
export function guardFor(
  servers: readonly TestServer[],
  { resolve, ...options }: OutboundOptions & { resolve?: Resolve } = {},
) {
  return createOutbound(
    { clock: systemClock, ...(resolve === undefined ? {} : { resolve }) },
    { allowPrivate: servers.map(({ host }) => host), ...options },
  );
}

export const limits: FetchOptions = Object.freeze({
  timeoutMs: 10_000,
  bodyBytesMax: 100_000,
  redirectsMax: 3,
});
