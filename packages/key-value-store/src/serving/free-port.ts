/** A port that was free a moment ago: a node's address is told to others before clients may come. */
import { once } from "node:events";
import { createServer } from "node:net";

export async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address !== "object") throw new Error("no port is free");
  return address.port;
}
