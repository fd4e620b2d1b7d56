/** Bad input below and beside the routes: broken HTTP, odd headers, misused keys, and chance. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as fc from "fast-check";
import { callerFor, requestOf, send, type Attempt } from "./bad-input/attempt.ts";
import { allRoutes, calls } from "./bad-input/calls.ts";
import { someAddress } from "./bad-input/entry.ts";
import { makeWorld, type World } from "./bad-input/world.ts";
import { sendBytes, sendRaw, type RawAnswer } from "./support/raw-http.ts";

let world: World;
before(async () => {
  world = await makeWorld();
});
after(() => world[Symbol.asyncDispose]());

function assertProblem(answer: RawAnswer, status: number, code: string): void {
  assert.equal(answer.status, status, answer.body);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
  const problem: unknown = JSON.parse(answer.body);
  assert.ok(typeof problem === "object" && problem !== null && "code" in problem);
  assert.equal(problem.code, code);
  assert.ok("requestId" in problem && problem.requestId !== "");
}

const ok = (answer: RawAnswer, what: string): void =>
  assert.ok(answer.status < 500, `${what}: ${answer.status} ${answer.body} ${world.logged.at(-1)}`);

async function goodAttempt(key: keyof typeof calls): Promise<Attempt> {
  const spec = allRoutes.get(key);
  assert.ok(spec !== undefined);
  const call = await calls[key].good(world);
  return { name: "good", key, spec, call, as: callerFor(spec, world) };
}

const head = (lines: string[]): Buffer => Buffer.from([...lines, "", ""].join("\r\n"), "latin1");

const broken: [name: string, lines: string[], status: number, code: string][] = [
  ["a line that is no request", ["hello"], 400, "request_malformed"],
  ["an unknown method", ["BREW / HTTP/1.1", "host: x"], 400, "request_malformed"],
  [
    "a header without a colon",
    ["GET /livez HTTP/1.1", "host: x", "nocolon"],
    400,
    "request_malformed",
  ],
  ["a space before the colon", ["GET /livez HTTP/1.1", "host : x"], 400, "request_malformed"],
  [
    "a length and chunks at once",
    ["POST /v1/sessions HTTP/1.1", "host: x", "content-length: 3", "transfer-encoding: chunked"],
    400,
    "request_malformed",
  ],
  [
    "two lengths",
    ["POST /v1/sessions HTTP/1.1", "host: x", "content-length: 3", "content-length: 4"],
    400,
    "request_malformed",
  ],
  [
    "a negative length",
    ["POST /v1/sessions HTTP/1.1", "host: x", "content-length: -1"],
    400,
    "request_malformed",
  ],
  [
    "headers over the limit",
    ["GET /livez HTTP/1.1", "host: x", `a: ${"b".repeat(20_000)}`],
    431,
    "headers_too_large",
  ],
];

for (const [name, lines, status, code] of broken) {
  test(`broken HTTP is refused: ${name}`, async () => {
    assertProblem(await sendBytes(world.url, head(lines)), status, code);
  });
}

test("a body in chunks is measured too", async () => {
  const { as } = await goodAttempt("POST /v1/links");
  const chunk = " ".repeat(64 * 1024);
  const lines = Object.entries({ ...as, host: "x", "content-type": "application/json" });
  const bytes = [
    head([
      "POST /v1/links HTTP/1.1",
      ...lines.map(([a, b]) => `${a}: ${b}`),
      "transfer-encoding: chunked",
    ]),
    ...Array.from({ length: 17 }, () => Buffer.from(`10000\r\n${chunk}\r\n`)),
    Buffer.from("0\r\n\r\n"),
  ];
  assertProblem(await sendBytes(world.url, Buffer.concat(bytes)), 413, "body_too_large");
});

test("a path takes its own methods only", async () => {
  for (const [method, target] of [
    ["PUT", "/v1/links"],
    ["POST", "/v1/me"],
    ["DELETE", "/livez"],
    ["PATCH", "/v1/links/1/clicks"],
  ] as const) {
    const answer = await sendRaw(world.url, { method, target });
    assertProblem(answer, 405, "method_not_allowed");
    assert.ok(
      (answer.headers.get("allow") ?? "") !== "",
      `${method} ${target} names what is allowed`,
    );
  }
});

test("odd headers are refused or ignored, never our failure", async () => {
  const odd = [
    "",
    " ",
    "\u00ff",
    "x".repeat(4_000),
    "null",
    "{}",
    "-1",
    "%00",
    "\u0080\u0081",
    '"',
  ];
  const names = [
    "accept",
    "accept-language",
    "accept-encoding",
    "content-encoding",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "if-match",
    "if-none-match",
    "origin",
    "purpose",
    "range",
    "referer",
    "sec-purpose",
    "te",
    "user-agent",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-request-id",
  ];
  const code = (await world.newLink()).code;
  const change = await goodAttempt("PATCH /v1/links/{id}");
  const small = { ...change, call: { ...change.call, body: { title: "x" } } };
  for (const name of names) {
    for (const value of odd) {
      const headers = { "x-forwarded-for": someAddress(), [name]: value };
      const what = `${name}: ${JSON.stringify(value.slice(0, 20))}`;
      ok(
        await sendRaw(world.url, { method: "GET", target: `/${code}`, headers }),
        `GET /{code} with ${what}`,
      );
      ok(await send(world, { ...small, headers: { [name]: value } }), `PATCH with ${what}`);
    }
  }
});

test("an Idempotency-Key that is none is refused, and one that was used serves one request", async () => {
  const good = await goodAttempt("POST /v1/links");
  const withKey = (key: string, url: string): Promise<RawAnswer> =>
    send(world, { ...good, body: JSON.stringify({ url }), headers: { "idempotency-key": key } });
  for (const key of ["", "\u00ff", "a".repeat(256)]) {
    assertProblem(await withKey(key, "https://example.com/"), 400, "idempotency_key_invalid");
  }
  assert.equal((await withKey("once", "https://example.com/once")).status, 201);
  await world.digest.settled();
  const before = await world.digest.read();
  const again = await withKey("once", "https://example.com/once");
  assert.equal(again.headers.get("idempotency-replayed"), "true");
  assertProblem(await withKey("once", "https://example.com/other"), 422, "idempotency_key_reused");
  assert.deepEqual(await world.digest.read(), before);
});

test("an If-Match that is not the version refuses the change", async () => {
  const good = await goodAttempt("PATCH /v1/links/{id}");
  await world.digest.settled();
  const before = await world.digest.read();
  for (const match of ['"99"', 'W/"1"', "x", '"1", "2"', '""']) {
    const answer = await send(world, { ...good, headers: { "if-match": match } });
    assertProblem(answer, 412, "precondition_failed");
  }
  assert.deepEqual(await world.digest.read(), before);
});

const writes = [...allRoutes].filter(
  ([key, spec]) => !key.startsWith("GET") && spec.body !== undefined,
);
/** Names that the schemas know and that JavaScript knows, so that chance gets past the first check. */
const names = fc.constantFrom(
  ...new Set(
    writes.flatMap(([, spec]) =>
      spec.body !== undefined &&
      "properties" in spec.body &&
      typeof spec.body.properties === "object" &&
      spec.body.properties !== null
        ? Object.keys(spec.body.properties)
        : [],
    ),
  ),
  "__proto__",
  "constructor",
  "toString",
  "then",
);
const words = fc.oneof(
  fc.string({ unit: "binary", maxLength: 50 }),
  fc.webUrl(),
  fc.emailAddress(),
  fc.date({ noInvalidDate: false }).map(String),
  fc.constantFrom("links:read", "banned", "spam", "2016-12-31T23:59:60Z"),
);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    words,
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    tie("array"),
    tie("object"),
  ),
  array: fc.array(tie("value"), { maxLength: 4 }),
  object: fc.dictionary(names, tie("value"), { maxKeys: 8 }),
}));

for (const [key] of writes) {
  test(`no JSON makes ${key} fail on our side`, async () => {
    const [found] = Object.entries(calls).filter(([name]) => name === key);
    assert.ok(found !== undefined);
    const spec = allRoutes.get(key);
    assert.ok(spec !== undefined);
    const call = await found[1].good(world);
    const as = callerFor(spec, world);
    await fc.assert(
      fc.asyncProperty(fc.oneof(json.value, json.object), fc.boolean(), async (value, mixed) => {
        const body =
          mixed && typeof value === "object" && value !== null ? { ...call.body, ...value } : value;
        const attempt = { name: "chance", key, spec, call, as, body: JSON.stringify(body) ?? "" };
        ok(await send(world, attempt), requestOf(attempt).body?.toString() ?? "");
      }),
      { numRuns: 60 },
    );
  });
}

test("no path at the root fails on our side", async () => {
  const visible = fc
    .integer({ min: 0x21, max: 0xff })
    .filter((code) => code !== 0x7f)
    .map((code) => String.fromCharCode(code));
  const paths = fc.oneof(
    fc.string({ unit: visible, maxLength: 60 }),
    fc
      .string({ unit: "binary", maxLength: 40 })
      .map((text) => encodeURIComponent(text.toWellFormed())),
    fc
      .array(
        fc.constantFrom(
          "%",
          "%2f",
          "%00",
          "%ff",
          "..",
          ".",
          "+",
          "?",
          "#",
          "//",
          "a",
          "@",
          "\\",
          ";",
        ),
        { maxLength: 12 },
      )
      .map((parts) => parts.join("")),
  );
  await fc.assert(
    fc.asyncProperty(paths, fc.constantFrom("GET", "HEAD", "POST"), async (path, method) => {
      const headers = { "x-forwarded-for": someAddress() };
      ok(await sendRaw(world.url, { method, target: `/${path}`, headers }), `${method} /${path}`);
    }),
    { numRuns: 800 },
  );
});

test("after all this the platform is well", async () => {
  const ready = await fetch(`${world.url}/readyz`);
  assert.equal(ready.status, 200);
  const status = await world.admin.api("GET /v1/platform/status", {});
  assert.equal(status.status, 200);
  const metrics = await (await fetch(`${world.url}/metrics`)).text();
  assert.doesNotMatch(metrics, /NaN/);
});
