import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { freePort, freePorts } from "./free-port.ts";

test("ports are different, free, and none that a connection may be given", async () => {
  const ports = await freePorts(50);
  assert.equal(new Set(ports).size, 50);
  for (const port of ports) {
    assert.ok(port >= 10_000 && port + 10_000 < 32_768, `${port}`);
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    server.close();
    await once(server, "close");
  }
});

test("a host on which nothing can listen is Node's own error, not an endless search", async () => {
  await assert.rejects(freePort("192.0.2.1"), { code: "EADDRNOTAVAIL" });
});
