/** A balancer that knows nothing: each request goes to the next target, dead or alive. */
import { once } from "node:events";
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from "node:http";

export interface RoundRobin extends AsyncDisposable {
  readonly url: string;
  /** Where requests go from now on. */
  setTargets(urls: readonly string[]): void;
}

/** Listens on a free loopback port. Without an answer from the target it answers 502. */
export async function startRoundRobin(): Promise<RoundRobin> {
  let targets: readonly string[] = [];
  let turn = 0;
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });

  const forward = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const target = targets[turn++ % targets.length] ?? "";
    const headers = { ...incoming.headers, "x-forwarded-for": incoming.socket.remoteAddress };
    const { method = "GET", url = "/" } = incoming;
    const { hostname, port } = new URL(target);
    const upstream = request({ agent, hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    upstream.on("error", () => {
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(502).end();
    });
    incoming.pipe(upstream);
  };

  const server = createServer(forward).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    setTargets: (urls) => (targets = urls),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      agent.destroy();
      await once(server, "close");
    },
  };
}
