import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { createManualClock, hasCode } from "@tenfold/core";
import { createOutbound } from "./guard.ts";
import { guardFor, limits, serve } from "./testing.ts";

const failsWith = (code: string) => (error: unknown) => hasCode(error, code);

test("fetches a page with its status, headers and body", async () => {
  await using server = await serve((request, response) => {
    response.writeHead(404, { "X-Seen": request.url, "Set-Cookie": ["a=1", "b=2"] });
    response.end(`hello ${request.headers["user-agent"]}`);
  });
  await using outbound = guardFor([server]);
  const page = await outbound.get(`${server.url}/a?b=c#d`, limits);
  assert.equal(page.url, `${server.url}/a?b=c`);
  assert.equal(page.status, 404);
  assert.equal(page.headers["x-seen"], "/a?b=c");
  assert.equal(page.headers["set-cookie"], "a=1, b=2");
  assert.equal(Buffer.from(page.body).toString(), "hello Tenfold/0.1");
  assert.equal(page.truncated, false);
});

test("without permission, no local server is reached, by address or by name", async () => {
  await using server = await serve(() => assert.fail("reached"));
  const resolve = async () => ["127.0.0.1"];
  await using outbound = guardFor([], { resolve });
  for (const host of ["127.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "localhost", "a.test"]) {
    const url = `http://${host}:${server.port}/`;
    await assert.rejects(outbound.get(url, limits), failsWith("address_forbidden"), url);
  }
  await assert.rejects(outbound.get("https://127.0.0.1/", limits), failsWith("address_forbidden"));
});

test("one private address among public ones condemns the name", async () => {
  await using outbound = guardFor([], { resolve: async () => ["93.184.215.14", "10.0.0.1"] });
  await assert.rejects(outbound.get("http://a.test/", limits), failsWith("address_forbidden"));
});

test("a redirect to a private address is refused, by address and by name", async () => {
  await using inner = await serve(() => assert.fail("reached"));
  const resolve = async () => ["127.0.0.1"];
  for (const target of [inner.url, `http://inner.test:${inner.port}/`, "http://169.254.169.254/"]) {
    await using server = await serve((_, response) => {
      response.writeHead(302, { Location: target }).end();
    });
    await using outbound = guardFor([server], { resolve });
    await assert.rejects(outbound.get(server.url, limits), failsWith("address_forbidden"));
  }
});

test("a name is resolved once for a connection, whatever it says the next time", async () => {
  await using checked = await serve((_, response) => response.end("checked"));
  await using rebound = await serve(() => assert.fail("reached"), {
    address: "127.0.0.2",
    port: checked.port,
  });
  const answers = ["127.0.0.1", "127.0.0.2"];
  const resolve = async () => [answers.shift() ?? "127.0.0.2"];
  await using outbound = guardFor([checked], { resolve });
  const page = await outbound.get(`http://rebind.test:${rebound.port}/`, limits);
  assert.equal(Buffer.from(page.body).toString(), "checked");
  assert.deepEqual(answers, ["127.0.0.2"]);
});

test("a name is checked anew for each connection", async () => {
  await using server = await serve((_, response) => {
    response.writeHead(200, { Connection: "close" }).end();
  });
  const answers = ["127.0.0.1", "127.0.0.2"];
  const resolve = async () => [answers.shift() ?? "127.0.0.2"];
  await using outbound = guardFor([server], { resolve });
  await outbound.get(`http://rebind.test:${server.port}/`, limits);
  await assert.rejects(
    outbound.get(`http://rebind.test:${server.port}/`, limits),
    failsWith("address_forbidden"),
  );
});

test("follows redirects, relative ones too, up to the limit", async () => {
  await using server = await serve((request, response) => {
    const left = Number(request.url?.slice(1));
    if (left === 0) response.end("there");
    else response.writeHead(301 + (left % 2), { Location: String(left - 1) }).end();
  });
  await using outbound = guardFor([server]);
  const page = await outbound.get(`${server.url}/3`, limits);
  assert.equal(page.url, `${server.url}/0`);
  assert.equal(Buffer.from(page.body).toString(), "there");
  await assert.rejects(outbound.get(`${server.url}/4`, limits), /more than 3 times/);
  const first = await outbound.get(`${server.url}/4`, { ...limits, redirectsMax: 0 });
  assert.deepEqual([first.status, first.headers["location"]], [301, "3"]);
});

test("a redirect loop ends", async () => {
  await using server = await serve((_, response) => {
    response.writeHead(307, { Location: "/" }).end();
  });
  await using outbound = guardFor([server]);
  await assert.rejects(outbound.get(server.url, limits), failsWith("fetch_failed"));
});

test("a redirect to what is no web URL fails as the other side's fault", async () => {
  for (const target of ["file:///etc/passwd", "http://user:pw@a.test/", "http://a.test:25/"]) {
    await using server = await serve((_, response) => {
      response.writeHead(302, { Location: target }).end();
    });
    await using outbound = guardFor([server]);
    await assert.rejects(outbound.get(server.url, limits), failsWith("fetch_failed"), target);
  }
});

test("headers stay on the origin they were meant for", async () => {
  const seen: IncomingMessage["headers"][] = [];
  await using target = await serve((request, response) => {
    seen.push(request.headers);
    response.end();
  });
  await using server = await serve((request, response) => {
    seen.push(request.headers);
    const Location = request.url === "/" ? "/again" : target.url;
    response.writeHead(302, { Location }).end();
  });
  await using outbound = guardFor([server, target]);
  const headers = { Authorization: "secret", Cookie: "s=1", "X-Key": "k", Accept: "text/html" };
  await outbound.get(server.url, { ...limits, headers });
  const secrets = seen.map((one) => [one.authorization, one.cookie, one["x-key"], one.accept]);
  const all = ["secret", "s=1", "k", "text/html"];
  assert.deepEqual(secrets, [all, all, [undefined, undefined, undefined, "text/html"]]);
});

test("headers that frame a request are not the caller's to set", async () => {
  await using outbound = guardFor([]);
  for (const name of ["Host", "transfer-encoding", "Content-Length", "Connection"]) {
    const headers = { [name]: "x" };
    await assert.rejects(outbound.get("http://a.test/", { ...limits, headers }), RangeError);
  }
});

const encoders = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync };
for (const [encoding, encode] of Object.entries(encoders)) {
  test(`a ${encoding} body is decoded, and a bomb is cut at the bound`, async () => {
    const bodies = { "/small": encode("hello"), "/bomb": encode(Buffer.alloc(50_000_000)) };
    await using server = await serve((request, response) => {
      const body = request.url === "/small" ? bodies["/small"] : bodies["/bomb"];
      response.writeHead(200, { "Content-Encoding": encoding }).end(body);
    });
    await using outbound = guardFor([server]);
    const small = await outbound.get(`${server.url}/small`, limits);
    assert.deepEqual([Buffer.from(small.body).toString(), small.truncated], ["hello", false]);
    const bomb = await outbound.get(`${server.url}/bomb`, limits);
    assert.deepEqual([bomb.body.length, bomb.truncated], [limits.bodyBytesMax, true]);
  });
}

test("a bomb within a bomb is cut, and a third wrapping refused", async () => {
  const twice = gzipSync(gzipSync(Buffer.alloc(50_000_000)));
  await using server = await serve((request, response) => {
    const encoding = request.url === "/2" ? "gzip, gzip" : "gzip, gzip, gzip";
    response.writeHead(200, { "Content-Encoding": encoding }).end(twice);
  });
  await using outbound = guardFor([server]);
  assert.equal((await outbound.get(`${server.url}/2`, limits)).body.length, limits.bodyBytesMax);
  await assert.rejects(outbound.get(`${server.url}/3`, limits), failsWith("fetch_failed"));
});

test("a broken, cut off or unknown encoding is a failure, not an empty page", async () => {
  const bodies: Record<string, [string, Buffer]> = {
    "/broken": ["gzip", Buffer.from("not gzip at all")],
    "/cut": ["gzip", gzipSync("hello hello hello").subarray(0, 20)],
    "/unknown": ["zstd", Buffer.from("x")],
  };
  await using server = await serve((request, response) => {
    const [encoding, body] = bodies[request.url ?? ""] ?? ["", Buffer.alloc(0)];
    response.writeHead(200, { "Content-Encoding": encoding }).end(body);
  });
  await using outbound = guardFor([server]);
  for (const path of Object.keys(bodies)) {
    await assert.rejects(outbound.get(server.url + path, limits), failsWith("fetch_failed"), path);
  }
});

test("an endless body is cut, plain or encoded, and the connection closed", async () => {
  // An endless run of empty gzip members: bytes that decode to nothing.
  const nothing = Buffer.concat(Array.from({ length: 1_000 }, () => gzipSync("")));
  await using server = await serve((request, response) => {
    const empty = request.url === "/empty";
    response.writeHead(200, empty ? { "Content-Encoding": "gzip" } : {});
    const chunk = empty ? nothing : Buffer.alloc(10_000, "x");
    const write = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on("drain", write);
    write();
  });
  await using outbound = guardFor([server]);
  const plain = await outbound.get(server.url, limits);
  assert.deepEqual([plain.body.length, plain.truncated], [limits.bodyBytesMax, true]);
  const empty = await outbound.get(`${server.url}/empty`, limits);
  assert.deepEqual([empty.body.length, empty.truncated], [0, true]);
});

test("a body of exactly the bound is whole, one byte more is cut", async () => {
  await using server = await serve((request, response) => {
    response.end("x".repeat(Number(request.url?.slice(1))));
  });
  await using outbound = guardFor([server]);
  const exact = await outbound.get(`${server.url}/100000`, limits);
  const over = await outbound.get(`${server.url}/100001`, limits);
  assert.deepEqual([exact.body.length, exact.truncated], [100_000, false]);
  assert.deepEqual([over.body.length, over.truncated], [100_000, true]);
});

test("a body that ends before its announced length is a failure", async () => {
  await using server = await serve((_, response) => {
    response.writeHead(200, { "Content-Length": 100 });
    response.write("half", () => response.destroy());
  });
  await using outbound = guardFor([server]);
  await assert.rejects(outbound.get(server.url, limits), failsWith("fetch_failed"));
});

test("headers beyond the bound are a failure", async () => {
  await using server = await serve((_, response) => {
    response.writeHead(200, { "X-Long": "x".repeat(40_000) }).end();
  });
  await using outbound = guardFor([server]);
  await assert.rejects(outbound.get(server.url, limits), failsWith("fetch_failed"));
});

for (const [what, begin] of [
  ["headers", false],
  ["a body", true],
] as const) {
  test(`time runs out on a server that is slow with ${what}`, async () => {
    const arrived = Promise.withResolvers<void>();
    await using server = await serve((_, response) => {
      if (begin) response.writeHead(200).write("x");
      arrived.resolve();
    });
    const clock = createManualClock();
    await using outbound = createOutbound({ clock }, { allowPrivate: [server.host] });
    const fetching = outbound.get(server.url, limits);
    const refused = assert.rejects(fetching, failsWith("fetch_timeout"));
    await arrived.promise;
    await clock.advance(limits.timeoutMs);
    await refused;
  });
}

test("the time limit is for the whole request, redirects included", async () => {
  const clock = createManualClock();
  await using server = await serve(async (_, response) => {
    await clock.advance(limits.timeoutMs / 2);
    response.writeHead(302, { Location: "/" }).end();
  });
  await using outbound = createOutbound({ clock }, { allowPrivate: [server.host] });
  await assert.rejects(outbound.get(server.url, limits), failsWith("fetch_timeout"));
});

test("time runs out while a name is being resolved", async () => {
  const asked = Promise.withResolvers<void>();
  const resolve = () => {
    asked.resolve();
    return new Promise<string[]>(() => undefined);
  };
  const clock = createManualClock();
  await using outbound = createOutbound({ clock, resolve }, { connectTimeoutMs: 500 });
  const refused = assert.rejects(
    outbound.get("http://a.test/", limits),
    failsWith("fetch_timeout"),
  );
  await asked.promise;
  await clock.advance(limits.timeoutMs);
  await refused;
});

test("the caller's signal ends the request with its own reason", async () => {
  const abort = new AbortController();
  await using server = await serve(() => abort.abort(new Error("gone home")));
  await using outbound = guardFor([server]);
  const { signal } = abort;
  await assert.rejects(outbound.get(server.url, { ...limits, signal }), /gone home/);
  await assert.rejects(outbound.get(server.url, { ...limits, signal }), /gone home/);
});

test("no more requests are under way than allowed", async () => {
  const arrived = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  await using server = await serve(async (_, response) => {
    arrived.resolve();
    await gate.promise;
    response.end();
  });
  await using outbound = guardFor([server], { concurrencyMax: 1 });
  const first = outbound.get(server.url, limits);
  await arrived.promise;
  await assert.rejects(outbound.get(server.url, limits), failsWith("fetch_busy"));
  gate.resolve();
  await first;
  await outbound.get(server.url, limits);
});

test("a port where nobody listens, and what is not HTTP, are failures", async () => {
  const gone = await serve(() => undefined);
  await gone[Symbol.asyncDispose]();
  await using rude = await serve(() => undefined);
  await using outbound = guardFor([gone, rude]);
  await assert.rejects(outbound.get(gone.url, limits), failsWith("fetch_failed"));
  const secure = rude.url.replace("http:", "https:");
  await assert.rejects(outbound.get(secure, limits), failsWith("fetch_failed"));
  await assert.rejects(outbound.get("nonsense", limits), failsWith("url_invalid"));
});

test("after stop() nothing is fetched and no connection is left", async () => {
  await using server = await serve((request, response) => {
    closed = once(request.socket, "close");
    response.end();
  });
  let closed: Promise<unknown> = Promise.resolve();
  const outbound = guardFor([server]);
  await outbound.get(server.url, limits);
  await outbound.stop();
  await closed;
  await assert.rejects(outbound.get(server.url, limits), failsWith("fetch_failed"));
});
