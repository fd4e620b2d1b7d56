import assert from "node:assert/strict";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createManualClock, silentLog, TenfoldError } from "@tenfold/core";
import * as fc from "fast-check";
import { Type } from "typebox";
import { formFields } from "./content.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { versionOfIfMatch } from "./etag.ts";
import { createHealth } from "./health.ts";
import { html } from "./html.ts";
import { pinoLog } from "./logging.ts";
import { promMetrics } from "./metrics.ts";
import { splitKey, toFrameworkPath } from "./paths.ts";
import { Id } from "./routes.ts";
import { startTestServer } from "./test-server.ts";
import { compileCheck } from "./validation.ts";

const Position = Type.Object({ id: Id, score: Type.Number() });

test("a cursor comes back as it went", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 59n }), fc.integer(), (id, score) => {
      const position = { id: String(id), score };
      assert.deepEqual(decodeCursor(Position, encodeCursor(Position, position)), position);
    }),
  );
  assert.equal(decodeCursor(Position, undefined), undefined);
});

test("whatever is not a cursor of ours is cursor_invalid", () => {
  const isBad = (error: unknown) =>
    error instanceof TenfoldError && error.code === "cursor_invalid";
  const other = encodeCursor(Type.Object({ at: Type.String() }), { at: "x" });
  for (const bad of ["", "!", "e30", "bnVsbA", other, "x".repeat(600)]) {
    assert.throws(() => decodeCursor(Position, bad), isBad, bad);
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.throws(() => decodeCursor(Position, text), isBad);
    }),
  );
});

test("members of an intersection see each other's fields, and no further ones pass", () => {
  const check = compileCheck(
    Type.Intersect([Type.Object({ a: Type.String() }), Type.Object({ b: Type.String() })]),
    "body",
  );
  assert.deepEqual(check({ a: "1", b: "2" }), []);
  assert.deepEqual(
    check({ a: "1", b: "2", c: 1 }).map(({ field }) => field),
    ["/c"],
  );
});

test("If-Match loses its quotes; a weak tag never equals a version", () => {
  assert.equal(versionOfIfMatch('"7"'), "7");
  assert.equal(versionOfIfMatch("*"), "*");
  assert.equal(versionOfIfMatch('W/"7"'), 'W/"7"');
});

test("keys and paths that make no sense are refused when they are registered", () => {
  assert.equal(toFrameworkPath("/v1/{id}/x:y"), "/v1/:id/x::y");
  assert.throws(() => toFrameworkPath("/{code}+"), /whole segment/);
  assert.throws(() => splitKey("FETCH /x"), /not a route key/);
});

test("form fields keep the first value and hold no inherited names", () => {
  const fields = formFields("password=a%26b&password=c&__proto__=x");
  assert.equal(fields["password"], "a&b");
  assert.equal(fields["toString"], undefined);
});

test("readiness names the failing check, is reused for a second, and bounds a hanging check", async () => {
  const clock = createManualClock();
  const health = createHealth(
    { clock, log: silentLog },
    { readinessCacheMs: 1_000, readinessTimeoutMs: 50 },
  );
  let runs = 0;
  health.addCheck("good", () => ((runs += 1), Promise.resolve()));
  assert.deepEqual(await health.readiness(), {
    ready: true,
    checks: [{ name: "good", ready: true }],
  });
  await health.readiness();
  assert.equal(runs, 1);
  health.addCheck("bad", () => Promise.reject(new Error("postgres://secret")));
  health.addCheck("hangs", () => new Promise(() => undefined));
  await clock.advance(1_000);
  const result = health.readiness();
  await clock.advance(50);
  const { ready, checks } = await result;
  assert.deepEqual([ready, checks.map((check) => check.ready)], [false, [true, false, false]]);
  assert.ok(!JSON.stringify(checks).includes("secret"));
});

test("the log redacts secrets and keeps causes", () => {
  const lines: string[] = [];
  const log = pinoLog({ level: "info" }, { write: (line: string) => void lines.push(line) }).child({
    system: "x",
  });
  log.info(
    { password: "hunter2", user: { token: "hunter2", "set-cookie": "hunter2" }, ok: 1 },
    "hello",
  );
  log.error({ error: new Error("outer", { cause: new TypeError("inner") }) }, "failed");
  log.debug({}, "unseen");
  assert.equal(lines.length, 2);
  assert.ok(!lines.join("").includes("hunter2"));
  const [hello, failed] = lines.map((line) => JSON.parse(line));
  assert.deepEqual([hello.level, hello.system, hello.ok, hello.msg], ["info", "x", 1, "hello"]);
  assert.deepEqual([failed.error.message, failed.error.cause.name], ["outer", "TypeError"]);
});

test("metrics of one name are one, labels are kept apart, and gauges are read when collected", async () => {
  const metrics = promMetrics();
  const spec = { name: "tenfold_x_total", help: "x", labels: ["kind"] };
  metrics.counter(spec).add(1, { kind: "a" });
  metrics.counter(spec).add(2, { kind: "a" });
  metrics.gauge({ name: "tenfold_depth", help: "x", read: () => 7 });
  metrics.histogram({ name: "tenfold_seconds", help: "x", buckets: [1, 2] }).observe(1.5);
  const text = await metrics.text();
  assert.match(text, /tenfold_x_total\{kind="a"\} 3/);
  assert.match(text, /tenfold_depth 7/);
  assert.match(text, /tenfold_seconds_bucket\{le="2"\} 1/);
});

test("what goes into a page is escaped", () => {
  assert.equal(html`<b>${`<script>"&'`}</b>`.text, "<b>&lt;script&gt;&quot;&amp;&#39;</b>");
});

test("a folder is served with its app as the answer to unknown paths", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tenfold-http-"));
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "index.html"), "<p>app</p>");
  await writeFile(join(folder, "assets/main-AbCd1234.js"), "1");
  const { createHttpServer } = await import("./server.ts");
  const { createSeededRandom, systemClock } = await import("@tenfold/core");
  await using server = createHttpServer(
    { log: silentLog, clock: systemClock, random: createSeededRandom(1) },
    { port: 0 },
  );
  server.serveFolder("/app", folder);
  await server.start();
  const get = (path: string) => fetch(server.url + path);
  const index = await get("/app/links/5");
  assert.deepEqual([index.status, await index.text()], [200, "<p>app</p>"]);
  assert.equal(index.headers.get("cache-control"), "no-cache");
  assert.match(index.headers.get("content-security-policy") ?? "", /script-src 'self'/);
  assert.equal((await get("/app")).status, 200);
  const script = await get("/app/assets/main-AbCd1234.js");
  assert.match(script.headers.get("content-type") ?? "", /javascript/);
  assert.match(script.headers.get("cache-control") ?? "", /immutable/);
  assert.equal((await get("/app/assets/gone-AbCd1234.js")).status, 404);
  assert.equal((await get("/app/%2e%2e%2fpackage.json")).status, 404);
  await rm(folder, { recursive: true, force: true });
});

test("after start nothing more is registered", async () => {
  await using started = await startTestServer();
  assert.throws(() => started.server.serveFolder("/x", "/tmp"), /after start/);
});
