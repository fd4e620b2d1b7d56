/** A node's `/metrics` and `/livez` for those who watch it. Answers nothing else. */
import { createServer } from "node:http";
import { once } from "node:events";
import type { Admin } from "@tenfold/key-value-store";
import { createService, type Service } from "@tenfold/core";

/** Listens from `start()` to `stop()`. */
export function createMetricsServer(
  admin: Pick<Admin, "metrics">,
  { host, port }: { host: string; port: number },
): Service {
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      if (request.method !== "GET") response.writeHead(405).end();
      else if (request.url === "/livez") response.end("ok\n");
      else if (request.url === "/metrics") {
        const text = await admin.metrics();
        response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
        response.end(text);
      } else response.writeHead(404).end("Here are /metrics and /livez.\n");
    };
    answer().catch(() => response.writeHead(500).end());
  });
  server.requestTimeout = 5_000;
  return createService({
    start: async () => {
      server.listen(port, host);
      await once(server, "listening");
    },
    stop: async () => {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  });
}
