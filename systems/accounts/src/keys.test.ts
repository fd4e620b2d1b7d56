import assert from "node:assert/strict";
import test from "node:test";
import { serve, startAccounts } from "./testing.ts";

const scopes = ["links:read", "links:write"];

test("a key is shown once, listed by its hint, and says what it may do", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  const token = await server.member("ada@example.org");
  const made = await server.call("POST /v1/api-keys", { token, body: { name: "laptop", scopes } });
  assert.equal(made.status, 201);
  const { key, apiKey } = made.body;
  assert.ok(key.startsWith(apiKey.hint));
  const listed = await server.call("GET /v1/api-keys", { token });
  assert.deepEqual(listed.body.items, [apiKey]);
  assert.ok(!listed.text.includes(key));
  const principal = await all.accounts.authenticator.authenticate(key);
  assert.deepEqual(principal, {
    accountId: principal?.accountId,
    role: "admin",
    via: "key",
    credentialId: apiKey.id,
    scopes,
  });
});

test("a key cannot make keys, see sessions or act as administrator", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  const token = await server.member("ada@example.org");
  const made = await server.call("POST /v1/api-keys", { token, body: { name: "k", scopes } });
  const { key } = made.body;
  for (const [route, body] of [
    ["POST /v1/api-keys", { name: "another", scopes }],
    ["GET /v1/api-keys", undefined],
    ["GET /v1/sessions", undefined],
    ["GET /v1/me", undefined],
    ["POST /v1/invitations", {}],
  ] as const) {
    const answer = await server.call(route, { token: key, body });
    assert.equal(answer.status, 403, route);
  }
});

test("a revoked key stops at once, an expired one on time", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  const { authenticator } = all.accounts;
  const token = await server.member("ada@example.org");
  const make = async (expiresAt?: string) =>
    (await server.call("POST /v1/api-keys", { token, body: { name: "k", scopes, expiresAt } }))
      .body;
  const revoked = await make();
  assert.ok(await authenticator.authenticate(revoked.key));
  const path = `DELETE /v1/api-keys/${revoked.apiKey.id}`;
  assert.equal((await server.call(path, { token })).status, 204);
  assert.equal(await authenticator.authenticate(revoked.key), undefined);
  assert.equal((await server.call(path, { token })).body.code, "api_key_not_found");

  const endsMs = all.clock.now() + 3_600_000;
  const expiring = await make(new Date(endsMs).toISOString());
  all.clock.step(3_599_999);
  assert.ok(await authenticator.authenticate(expiring.key));
  all.clock.step(1);
  assert.equal(await authenticator.authenticate(expiring.key), undefined);
});

test("another account's key is not found, and stays", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  const ada = await server.member("ada@example.org");
  const eve = await server.member("eve@example.org");
  const made = await server.call("POST /v1/api-keys", { token: ada, body: { name: "k", scopes } });
  const path = `DELETE /v1/api-keys/${made.body.apiKey.id}`;
  assert.equal((await server.call(path, { token: eve })).body.code, "api_key_not_found");
  assert.ok(await all.accounts.authenticator.authenticate(made.body.key));
  assert.deepEqual((await server.call("GET /v1/api-keys", { token: eve })).body.items, []);
});

test("an account has a number of keys at most, also when many are made at once", async () => {
  await using all = await startAccounts({ options: { apiKeysMax: 5 } });
  await using server = await serve(all.accounts, all.platform);
  const token = await server.member("ada@example.org");
  const answers = await Promise.all(
    Array.from({ length: 9 }, () =>
      server.call("POST /v1/api-keys", { token, body: { name: "k", scopes } }),
    ),
  );
  assert.equal(answers.filter(({ status }) => status === 201).length, 5);
  assert.equal(answers.filter(({ body }) => body.code === "too_many_keys").length, 4);
});

test("a bad request changes nothing and is never our fault", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  const token = await server.member("ada@example.org");
  const good = { email: "eve@example.org", password: "long enough for us" };
  const before = await countRows();
  for (const [route, body, code] of [
    ["POST /v1/accounts", { ...good, userId: "1" }, "validation_failed"],
    ["POST /v1/accounts", { ...good, role: "admin" }, "validation_failed"],
    ["POST /v1/accounts", { ...good, email: "nobody" }, "validation_failed"],
    ["POST /v1/accounts", { ...good, email: "a\0b@example.org" }, "validation_failed"],
    ["POST /v1/accounts", { ...good, email: `${"a".repeat(250)}@b.cd` }, "validation_failed"],
    ["POST /v1/accounts", { ...good, password: "short" }, "validation_failed"],
    ["POST /v1/accounts", { ...good, password: "x".repeat(257) }, "validation_failed"],
    ["POST /v1/accounts", { ...good, name: "a\0b" }, "validation_failed"],
    ["POST /v1/accounts", { ...good, name: "a\ud800b" }, "validation_failed"],
    ["POST /v1/sessions", { email: "a\0", password: "x" }, "validation_failed"],
    ["POST /v1/sessions", { email: 1, password: "x" }, "validation_failed"],
    ["POST /v1/sessions", [], "validation_failed"],
    ["PATCH /v1/me", {}, "validation_failed"],
    ["PATCH /v1/me", { email: "new@example.org" }, "validation_failed"],
    ["PATCH /v1/me", { accountId: "2", name: "x" }, "validation_failed"],
    ["POST /v1/api-keys", { name: "k", scopes: [] }, "validation_failed"],
    ["POST /v1/api-keys", { name: "k", scopes: ["root"] }, "validation_failed"],
    ["POST /v1/api-keys", { name: "k", scopes, userId: "2" }, "validation_failed"],
    ["POST /v1/api-keys", { name: "k", scopes, expiresAt: "tomorrow" }, "validation_failed"],
    [
      "POST /v1/api-keys",
      { name: "k", scopes, expiresAt: "2020-01-01T00:00:00Z" },
      "expiry_in_past",
    ],
    [
      "POST /v1/api-keys",
      { name: "k", scopes, expiresAt: "2030-06-30T23:59:60Z" },
      "expiry_in_past",
    ],
    ["DELETE /v1/sessions/abc", undefined, "validation_failed"],
    ["DELETE /v1/sessions/8999999999999999999", undefined, "session_not_found"],
    ["DELETE /v1/sessions/9223372036854775808", undefined, "validation_failed"],
    ["DELETE /v1/api-keys/9999999999999999999", undefined, "validation_failed"],
    ["DELETE /v1/invitations/9999999999999999999", undefined, "validation_failed"],
    ["GET /v1/sessions?limit=0", undefined, "validation_failed"],
    [
      "GET /v1/api-keys?cursor=eyJiZWZvcmUiOiI5OTk5OTk5OTk5OTk5OTk5OTk5In0",
      undefined,
      "cursor_invalid",
    ],
  ] as const) {
    const answer = await server.call(route, { token, body });
    assert.equal(answer.body?.code, code, `${route} ${JSON.stringify(body)} ${answer.text}`);
    assert.ok(answer.status < 500);
  }
  assert.deepEqual(await countRows(), before);

  async function countRows() {
    const { rows } = await all.sql.query(
      `select (select count(*) from accounts.accounts) as accounts,
              (select count(*) from accounts.sessions) as sessions,
              (select count(*) from accounts.api_keys) as keys`,
    );
    return rows[0];
  }
});

test("only administrators invite", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  await server.member("admin@example.org");
  const token = await server.member("bob@example.org");
  for (const [route, body] of [
    ["POST /v1/invitations", {}],
    ["GET /v1/invitations", undefined],
    ["DELETE /v1/invitations/1", undefined],
  ] as const) {
    assert.equal((await server.call(route, { token, body })).body.code, "admin_required");
  }
});
