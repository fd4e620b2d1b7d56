/** The ceiling: a `node:http` server that does nothing but redirect. */
import { createServer } from "node:http";

const server = createServer((_request, response) => {
  response.writeHead(302, { location: "https://example.com/target", "content-length": "0" });
  response.end();
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" && address !== null ? address.port : 0}\n`);
});
process.on("SIGTERM", () => process.exit(0));
