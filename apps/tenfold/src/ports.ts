/** Whether one can listen there, said before anything else is started. */
import { once } from "node:events";
import { createServer } from "node:net";
import { freePort } from "@tenfold/core";
import { cliErrors } from "./errors.ts";

/** For `--port 0`: a port that was free a moment ago. The public URL must be known before listening. */
export function choosePort(host: string): Promise<number> {
  return freePort(host).catch((cause: NodeJS.ErrnoException) => {
    throw refusal(host, 0, cause);
  });
}

/** Throws `port_in_use` when nothing can listen there. */
export async function requirePort(host: string, port: number): Promise<void> {
  if (port === 0) return;
  const server = createServer().listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw refusal(host, port, cause as NodeJS.ErrnoException);
  }
  server.close();
  await once(server, "close");
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
