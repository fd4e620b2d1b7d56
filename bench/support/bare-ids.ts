/** A bare server that answers ready-made texts as long as those of `GET /v1/ids`; prints its port. */
import { createServer } from "node:http";

const id = "2124605184679088128";
const one = JSON.stringify({ ids: [id] });
const many = JSON.stringify({ ids: Array.from({ length: 10_000 }, () => id) });
const server = createServer((request, response) => {
  const text = request.url === "/v1/ids" ? one : many;
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") process.stdout.write(`${address.port}\n`);
});
process.on("SIGTERM", () => {
  server.closeAllConnections();
  server.close();
});
