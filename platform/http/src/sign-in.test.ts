import assert from "node:assert/strict";
import { after, test } from "node:test";
import { SESSION_COOKIE } from "./sign-in.ts";
import { problemIn, sendRaw, startTestServer } from "./test-server.ts";

const options = { publicUrl: "https://tenfold.test" };
const { server, get, ...rest } = await startTestServer({ options });
after(() => rest[Symbol.asyncDispose]());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const cookie = (token: string) => ({ cookie: `theme=dark; ${SESSION_COOKIE}=${token}` });

const cases: [route: string, headers: Record<string, string>, answer: string][] = [
  ["none", {}, "nobody"],
  ["none", bearer("nonsense"), "nobody"],
  ["optional", {}, "nobody"],
  ["optional", bearer("member"), "10"],
  ["optional", bearer("nonsense"), "401 credentials_invalid"],
  ["optional", cookie("nonsense"), "401 credentials_invalid"],
  ["session", {}, "401 sign_in_required"],
  ["session", bearer("member"), "10"],
  ["session", { authorization: "bearer  member" }, "10"],
  ["session", cookie("member"), "10"],
  ["session", cookie(""), "401 sign_in_required"],
  ["session", bearer("nonsense"), "401 credentials_invalid"],
  ["session", bearer("x".repeat(600)), "401 credentials_invalid"],
  ["session", { authorization: "Basic bWVtYmVy" }, "401 credentials_invalid"],
  ["session", { authorization: "", ...cookie("member") }, "401 credentials_invalid"],
  ["session", { ...bearer("nonsense"), ...cookie("member") }, "401 credentials_invalid"],
  ["session", bearer("reader"), "403 session_required"],
  ["scope", bearer("reader"), "11"],
  ["scope", bearer("writer"), "403 scope_missing"],
  ["scope", bearer("member"), "10"],
  ["admin", bearer("member"), "403 admin_required"],
  ["admin", bearer("admin"), "20"],
  ["admin", bearer("adminKey"), "403 session_required"],
];
for (const [route, headers, answer] of cases) {
  test(`auth ${route} with ${JSON.stringify(headers).slice(0, 80)} answers ${answer}`, async () => {
    const path = `/v1/who/${route}`;
    const { response, text } = await sendRaw(server.url, { path, headers });
    const found =
      response.statusCode === 200 ? text : `${response.statusCode} ${JSON.parse(text).code}`;
    assert.equal(found, answer);
    assert.equal("www-authenticate" in response.headers, response.statusCode === 401);
  });
}

const origins: [headers: Record<string, string>, allowed: boolean][] = [
  [{ ...cookie("member"), origin: "https://tenfold.test" }, true],
  [{ ...cookie("member"), referer: "https://tenfold.test/links?x=1" }, true],
  [{ ...cookie("member"), host: "sho.rt:8080", origin: "http://sho.rt:8080" }, true],
  [{ ...cookie("member") }, false],
  [{ ...cookie("member"), origin: "null" }, false],
  [{ ...cookie("member"), origin: "https://tenfold.test.evil.test" }, false],
  [{ ...cookie("member"), origin: "http://tenfold.test" }, false],
  [{ ...cookie("member"), origin: "https://evil.test", referer: "https://tenfold.test/" }, false],
  [{ ...bearer("member"), origin: "https://evil.test" }, true],
];
for (const [headers, allowed] of origins) {
  test(`a write with ${JSON.stringify(headers)} is ${allowed ? "taken" : "forged"}`, async () => {
    const sent = { path: "/v1/who/session", method: "POST", headers };
    const { response, text } = await sendRaw(server.url, sent);
    assert.equal(response.statusCode, allowed ? 200 : 403);
    if (!allowed) assert.equal(JSON.parse(text).code, "origin_forbidden");
  });
}

test("credentials are looked at before the body is read", async () => {
  const response = await get("/v1/who/session", {
    method: "POST",
    body: "{",
    headers: { "content-type": "application/json" },
  });
  assert.equal((await problemIn(response)).code, "sign_in_required");
});

test("an authenticator set late is asked from then on", async () => {
  await using late = await startTestServer({ deps: {} });
  late.server.setAuthenticator({ authenticate: () => Promise.resolve(undefined) });
  assert.equal((await late.get("/v1/who/session", { headers: bearer("member") })).status, 401);
});
