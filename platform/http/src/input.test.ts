import assert from "node:assert/strict";
import { after, test } from "node:test";
import { problemIn, sendRaw, startTestServer } from "./test-server.ts";

const { server, get, post, ...rest } = await startTestServer();
after(() => rest[Symbol.asyncDispose]());

const GOOD = { url: "https://a.test/" };
const deep = `${'{"a":'.repeat(100)}1${"}".repeat(100)}`;

/** What is sent as a body, and how it is refused. */
const badBodies: [name: string, body: string, code: string, fields: string[]][] = [
  ["an unknown field", '{"url":"https://a.test","zz":1}', "validation_failed", ["/zz"]],
  [
    "an unknown nested field",
    '{"url":"https://a.test","tags":[{"name":"x","q":1}]}',
    "validation_failed",
    ["/tags/0/q"],
  ],
  ["a missing field", "{}", "validation_failed", ["/url"]],
  ["a number as text", '{"url":"https://a.test","count":"1"}', "validation_failed", ["/count"]],
  ["a huge number", '{"url":"https://a.test","count":1e999}', "validation_failed", ["/count"]],
  ["two bad fields", '{"url":1,"count":0}', "validation_failed", ["/url", "/count"]],
  [
    "a text that is too long",
    JSON.stringify({ url: `https://a.test/${"x".repeat(300)}` }),
    "validation_failed",
    ["/url"],
  ],
  ["something that is no URL", '{"url":"not a url"}', "validation_failed", ["/url"]],
  [
    "an impossible date",
    '{"url":"https://a.test","at":"2026-02-30T00:00:00Z"}',
    "validation_failed",
    ["/at"],
  ],
  ["a NUL", '{"url":"https://a.test/\\u0000"}', "validation_failed", ["/url"]],
  [
    "a NUL in a name",
    '{"url":"https://a.test/","extra":{"a\\u0000b":1}}',
    "validation_failed",
    ["/extra/a\\0b"],
  ],
  [
    "a lone surrogate",
    '{"url":"https://a.test/","extra":["x","\\ud800"]}',
    "validation_failed",
    ["/extra/1"],
  ],
  [
    "__proto__",
    '{"url":"https://a.test/","extra":{"__proto__":{"admin":true}}}',
    "validation_failed",
    ["/extra/__proto__"],
  ],
  [
    "deep nesting",
    `{"url":"https://a.test/","extra":${deep}}`,
    "validation_failed",
    [`/extra${"/a".repeat(63)}`],
  ],
  ["a list instead of an object", "[]", "validation_failed", [""]],
  ["null", "null", "validation_failed", [""]],
  ["half an object", '{"url":', "body_malformed", []],
  ["a byte order mark", '\ufeff{"url":"https://a.test"}', "body_malformed", []],
  ["nothing", "", "validation_failed", [""]],
];

for (const [name, body, code, fields] of badBodies) {
  test(`a body with ${name} is refused by name`, async () => {
    const problem = await problemIn(await post("/v1/things", body));
    assert.equal(problem.status, 400);
    assert.deepEqual([problem.code, problem.fields], [code, fields]);
    assert.equal(problem.type, "application/problem+json; charset=utf-8");
  });
}

test("bytes that are not UTF-8 are refused, not replaced", async () => {
  const bytes = Buffer.concat([
    Buffer.from('{"url":"https://a.test/'),
    Buffer.from([0xff]),
    Buffer.from('"}'),
  ]);
  const problem = await problemIn(await post("/v1/things", new Uint8Array(bytes)));
  assert.deepEqual([problem.status, problem.code], [400, "body_malformed"]);
});

test("a nest of a hundred thousand lists is refused and breaks nothing", async () => {
  const body = `{"url":"https://a.test/","extra":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  const problem = await problemIn(await post("/v1/things", body));
  assert.deepEqual([problem.status, problem.code], [400, "validation_failed"]);
});

test("a good body arrives as it was sent", async () => {
  const body = { ...GOOD, count: 3, extra: { constructor: 1, text: "🙂" } };
  const response = await post("/v1/things", JSON.stringify(body));
  assert.equal(response.status, 201);
  assert.deepEqual(await response.json(), body);
});

test("another content type is 415, also a missing one", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"]) {
    const problem = await problemIn(await post("/v1/things", "{}", { "content-type": type }));
    assert.deepEqual([problem.status, problem.code], [415, "content_type_unsupported"]);
  }
  const bare = await get("/v1/things", { method: "POST", body: new Uint8Array([123, 125]) });
  assert.equal((await problemIn(bare)).status, 415);
});

test("a route with its own content types takes those as text, and JSON no more", async () => {
  const response = await post("/v1/csv", "a,b", { "content-type": "text/csv; charset=utf-8" });
  assert.equal(await response.text(), "A,B");
  assert.equal((await post("/v1/csv", "{}")).status, 415);
});

test("a body over the limit is 413", async () => {
  const problem = await problemIn(
    await post("/v1/things", JSON.stringify({ url: "x".repeat(1_100_000) })),
  );
  assert.deepEqual([problem.status, problem.code], [413, "body_too_large"]);
});

test("the query is coerced, filled in and bounded", async () => {
  const items = async (query: string) =>
    ((await (await get(`/v1/things${query}`)).json()) as { items: number[] }).items;
  assert.deepEqual(await items(""), [20, 0]);
  assert.deepEqual(await items("?limit=5&tag=a"), [5, 1]);
  assert.deepEqual(await items("?limit=5&tag=a&tag=b"), [5, 2]);
});

const badQueries: [query: string, field: string][] = [
  ["?limit=0", "/query/limit"],
  ["?limit=x", "/query/limit"],
  ["?limit=", "/query/limit"],
  ["?limit=1e999", "/query/limit"],
  ["?limit=0x10", "/query/limit"],
  ["?limit=1e1", "/query/limit"],
  ["?limit=%2B5", "/query/limit"],
  ["?limit=%205", "/query/limit"],
  ["?limit=5.0", "/query/limit"],
  ["?limit=1&limit=2", "/query/limit"],
  ["?nope=1", "/query/nope"],
  ["?__proto__=1", "/query/__proto__"],
  ["?cursor=a%00b", "/query/cursor"],
];
for (const [query, field] of badQueries) {
  test(`the query ${query} is refused by name`, async () => {
    const problem = await problemIn(await get(`/v1/things${query}`));
    assert.deepEqual(
      [problem.status, problem.code, problem.fields],
      [400, "validation_failed", [field]],
    );
  });
}

test("a path parameter that does not fit, holds a NUL or a broken escape is 400", async () => {
  assert.deepEqual((await problemIn(await get("/v1/things/x"))).fields, ["/params/id"]);
  assert.deepEqual((await problemIn(await get("/a%00b"))).fields, ["/params/code"]);
  for (const path of ["/%zz", "/%ff", "/%ed%a0%80"]) {
    const { response, text } = await sendRaw(server.url, { path });
    assert.deepEqual(
      [response.statusCode, JSON.parse(text).code],
      [400, "request_malformed"],
      path,
    );
  }
});

test("fields that the contract does not name never leave the house", async () => {
  const response = await get("/v1/things/5");
  assert.deepEqual(await response.json(), { id: "5", url: "https://a.test" });
});
