import { createServer } from "node:net";
import { cliErrors } from "./errors.ts";

/** A port that was free a moment ago, for `--port 0`: the public URL must be known before listening. */
export const freePort = (host: string): Promise<number> => probe(host, 0);

/** Throws `port_in_use` when nothing can listen there, before anything else is started. */
export async function requirePort(host: string, port: number): Promise<void> {
  if (port !== 0) await probe(host, port);
}

/** Listens there for a moment; answers the port. */
function probe(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (cause: NodeJS.ErrnoException) => reject(refusal(host, port, cause)));
    server.listen(port, host, () => {
      const address = server.address();
      const got = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(got));
    });
  });
}

function refusal(host: string, port: number, cause: NodeJS.ErrnoException): Error {
  switch (cause.code) {
    case "EADDRINUSE":
      return cliErrors.port_in_use({
        detail: `Port ${port} on ${host} is taken.`,
        hint: "Choose another with --port, or stop what uses it; --port 0 takes a free one.",
        cause,
      });
    case "EACCES":
      return cliErrors.address_refused({
        detail: `This user may not listen on port ${port}.`,
        hint: "Choose a port from 1024 with --port.",
        cause,
      });
    default:
      return cliErrors.address_refused({
        detail: `Nothing can listen on ${host}: ${cause.message}.`,
        hint: "Name an address of this machine with --host.",
        cause,
      });
  }
}
