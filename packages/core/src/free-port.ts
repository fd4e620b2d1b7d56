/**
 * Ports for those who must know theirs before they listen: a public URL, a
 * cluster's list of members, a server in another process.
 */
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { systemRandom } from "./random.ts";

/**
 * Below every system's ephemeral ports (Linux 32,768, IANA 49,152), and so is
 * the port 10,000 higher that a Redis Cluster node also takes. What the system
 * itself hands out for port 0 may be the next connection's own before its
 * finder, or a restarted process, comes to listen.
 */
const FIRST = 10_000;
const COUNT = 12_768;

/**
 * A port on which nobody listened a moment ago. Rejects with Node's own error
 * when nothing can listen on that host at all.
 */
export async function freePort(host = "127.0.0.1"): Promise<number> {
  const [port] = await freePorts(1, host);
  return port as number;
}

/** As many, all different. */
export async function freePorts(count: number, host = "127.0.0.1"): Promise<number[]> {
  const held = new Map<number, Server>();
  try {
    while (held.size < count) {
      const port = FIRST + systemRandom.below(COUNT);
      const server = held.has(port) ? undefined : await listen(port, host);
      if (server !== undefined) held.set(port, server);
    }
    return [...held.keys()];
  } finally {
    for (const server of held.values()) {
      server.close();
      await once(server, "close");
    }
  }
}

/** Nothing when somebody listens there. */
async function listen(port: number, host: string): Promise<Server | undefined> {
  const server = createServer().listen(port, host);
  try {
    await once(server, "listening");
    return server;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return undefined;
    throw error;
  }
}
