import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, test } from "node:test";
import { silentLog, systemClock } from "@tenfold/core";
import { Type } from "typebox";
import { httpErrors } from "./errors.ts";
import { bind } from "./http.ts";
import { promMetrics } from "./metrics.ts";
import { routes } from "./routes.ts";
import { problemIn, sendRaw, startTestServer } from "./test-server.ts";

const logged: unknown[] = [];
const log = { ...silentLog, error: (...line: unknown[]) => void logged.push(line) };
const metrics = promMetrics();
metrics.counter({ name: "tenfold_test_total", help: "x" }).add(3);
const { server, get, post, ...rest } = await startTestServer({
  deps: { log, metrics },
  options: { trustedProxies: ["127.0.0.1"] },
});
after(() => rest[Symbol.asyncDispose]());

test("an unknown path is a 404 problem, whatever the body was", async () => {
  for (const response of [await get("/v1/no/such"), await post("/v1/no/such", "{")]) {
    const problem = await problemIn(response);
    assert.deepEqual([problem.status, problem.code], [404, "route_not_found"]);
    assert.equal(problem.requestId, response.headers.get("x-request-id"));
  }
});

test("a known path with another method is 405 and lists what it takes", async () => {
  const response = await get("/v1/things", { method: "DELETE" });
  assert.equal((await problemIn(response)).code, "method_not_allowed");
  assert.equal(response.headers.get("allow"), "GET, HEAD, POST");
  const { response: odd } = await sendRaw(server.url, { path: "/v1/things", method: "PROPFIND" });
  assert.equal(odd.statusCode, 405);
});

test("HEAD answers like GET without a body, and the handler can tell", async () => {
  const response = await get("/abc+", { method: "HEAD" });
  assert.equal(response.status, 200);
  assert.equal(await response.text(), "");
  const full = await (await get("/abc+")).text();
  assert.equal(Number(response.headers.get("content-length")), full.length + 1, "HEAD for GET");
});

test("an error inside is a 500 problem that tells nothing; the log has it", async () => {
  const problem = await problemIn(await get("/v1/broken"));
  assert.deepEqual([problem.status, problem.code], [500, "internal"]);
  assert.ok(!JSON.stringify(problem).includes("secret inside"));
  assert.match(JSON.stringify(logged), /GET \/v1\/broken/);
});

test("a sane request ID is kept, another is replaced", async () => {
  const idFor = async (id: string) =>
    (await get("/livez", { headers: { "x-request-id": id } })).headers.get("x-request-id");
  assert.equal(await idFor("abc-1.2_3"), "abc-1.2_3");
  assert.notEqual(await idFor("a b"), "a b");
  assert.notEqual(await idFor("x".repeat(65)), "x".repeat(65));
});

test("security headers are on every answer with a body; nothing under /v1 is cached", async () => {
  for (const path of ["/v1/things/5", "/v1/nope", "/abc+", "/docs", "/livez"]) {
    const { headers } = await get(path);
    assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'/, path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
  }
  assert.equal((await get("/v1/things/5")).headers.get("cache-control"), "no-store");
  assert.equal((await get("/abc")).headers.get("location"), "https://to.test/abc");
  assert.equal((await get("/v1/things/5")).headers.get("etag"), '"7"');
});

test("a trusted proxy vouches for address, scheme and host", async () => {
  const headers = {
    "x-forwarded-for": "203.0.113.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "Sho.RT",
  };
  assert.equal(
    await (await get("/abc+", { headers })).text(),
    "<p>GET sho.rt https 203.0.113.9</p>",
  );
  await using bare = await startTestServer();
  assert.match(
    await (await bare.get("/abc+", { headers })).text(),
    /127\.0\.0\.1:\d+ http 127\.0\.0\.1/,
  );
});

test("headers that are too large are a 431 problem, and broken syntax a 400", async () => {
  const large = await sendRaw(server.url, { path: "/", headers: { "x-a": "x".repeat(20_000) } });
  assert.deepEqual(
    [large.response.statusCode, JSON.parse(large.text).code],
    [431, "headers_too_large"],
  );
  const answer = await new Promise<string>((resolve) => {
    let text = "";
    const socket = connect(server.port, "127.0.0.1", () => socket.write("NONSENSE\r\n\r\n"));
    socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    socket.on("close", () => resolve(text));
  });
  assert.match(answer, /^HTTP\/1\.1 400 [^]*"code":"request_malformed"/);
});

test("metrics count by route, and hold what others have counted", async () => {
  await get("/v1/things/5");
  const text = await (await get("/metrics")).text();
  assert.match(
    text,
    /tenfold_http_requests_total\{route="GET \/v1\/things\/\{id\}",status="200"\} \d/,
  );
  assert.match(
    text,
    /tenfold_http_request_duration_seconds_bucket\{route="GET \/v1\/things\/\{id\}",le="\+Inf"\} \d/,
  );
  assert.match(text, /tenfold_test_total 3/);
  assert.ok(
    server
      .routeCounts()
      .some(({ route, requests }) => route === "GET /v1/broken" && requests[500] === 1),
  );
});

test("OpenAPI describes every visible route with its security, inputs and codes", async () => {
  const document = server.openapi();
  assert.deepEqual(await (await get("/openapi.json")).json(), JSON.parse(JSON.stringify(document)));
  const one = document.paths["/v1/things/{id}"]?.["get"];
  assert.deepEqual(
    one?.parameters.map(({ name, in: place }) => `${place} ${name}`),
    ["path id"],
  );
  assert.ok(one?.["x-error-codes"].some(({ code }) => code === "thing_not_found"));
  const scoped = document.paths["/v1/who/scope"]?.["get"];
  assert.deepEqual(scoped?.security[0], { bearer: ["things:read"] });
  const post = document.paths["/v1/things"]?.["post"];
  assert.equal(
    post?.requestBody?.content["application/json"]?.schema["additionalProperties"],
    false,
  );
  assert.ok(post?.responses["413"]);
  assert.equal("/docs" in document.paths, false);
});

test("the docs page names every route and escapes what it prints", async () => {
  const page = await (await get("/docs")).text();
  for (const path of Object.keys(server.openapi().paths)) assert.ok(page.includes(path), path);
  for (const code of Object.keys(httpErrors.table)) assert.ok(page.includes(`id="${code}"`), code);
  assert.ok(!page.includes("<script"));
});

test("a header that cannot be sent is a 500, with a body and without", async () => {
  const table = routes({
    "GET /{code}": {
      summary: "",
      auth: "none",
      params: Type.Object({ code: Type.String() }),
      responses: { 200: "text/plain", 302: "text/plain" },
    },
  });
  const headers = { Location: "https://a.test/\nset-cookie: x=1", "Cache-Control": "private" };
  const bound = bind("bad", table, {
    "GET /{code}": ({ params }) =>
      params.code === "body" ? { status: 200, body: "x", headers } : { status: 302, headers },
  });
  await using bad = await startTestServer({ bound });
  for (const path of ["/body", "/none"]) {
    const response = await bad.get(path);
    assert.equal(response.statusText, "Internal Server Error");
    const problem = await problemIn(response);
    assert.deepEqual([problem.status, problem.code], [500, "internal"], path);
  }
});

test("an answer without a body keeps one of each header, whatever its case", async () => {
  const table = routes({
    "GET /v1/x": { summary: "", auth: "none", responses: { 204: "text/plain" } },
  });
  const bound = bind("x", table, {
    "GET /v1/x": () => ({ status: 204, headers: { "Cache-Control": "private", ETag: '"1"' } }),
  });
  await using empty = await startTestServer({ bound });
  const { headers, status } = await empty.get("/v1/x");
  assert.deepEqual(
    [status, headers.get("cache-control"), headers.get("etag")],
    [204, "private", '"1"'],
  );
  assert.equal(headers.get("content-length"), null);
});

test("the signal of a call is aborted when the caller goes away", async () => {
  const arrived = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const table = routes({
    "GET /wait": { summary: "", auth: "none", responses: { 200: Type.Object({}) } },
  });
  const bound = bind("wait", table, {
    "GET /wait": async ({ signal }) => {
      signal.addEventListener("abort", () => aborted.resolve());
      arrived.resolve();
      await systemClock.sleep(60_000, signal);
      return { status: 200, body: {} };
    },
  });
  await using waiting = await startTestServer({ bound });
  const caller = new AbortController();
  const call = waiting.get("/wait", { signal: caller.signal });
  await arrived.promise;
  caller.abort();
  await assert.rejects(call);
  await aborted.promise;
});
