/** The contract as its typed client sees it. */
import { allPages, ApiProblem, createClient } from "@tenfold/client";
import assert from "node:assert/strict";
import test from "node:test";
import type { AccountRoutes } from "./contract.ts";
import { goodPassword, serve, startAccounts } from "./testing.ts";

test("the typed client signs up, signs in, makes a key, lists it and signs out", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  let token: string | undefined;
  const client = createClient<AccountRoutes>({ baseUrl: server.url, token: () => token });
  const credentials = { email: "ada@example.org", password: goodPassword };

  const account = await client("POST /v1/accounts", { body: { ...credentials, name: "Ada" } });
  assert.equal(account.body.role, "admin");
  token = (await client("POST /v1/sessions", { body: credentials })).body.token;
  assert.deepEqual((await client("GET /v1/me")).body, account.body);

  for (let n = 0; n < 5; n += 1) {
    const body = { name: `key ${n}`, scopes: ["links:read" as const] };
    await client("POST /v1/api-keys", { body });
  }
  const names = [];
  for await (const key of allPages(client, "GET /v1/api-keys", { query: { limit: 2 } })) {
    names.push(key.name);
  }
  assert.deepEqual(names, ["key 4", "key 3", "key 2", "key 1", "key 0"]);

  await client("DELETE /v1/sessions/{id}", { params: { id: "current" } });
  await assert.rejects(client("GET /v1/me"), (error) => {
    assert.ok(error instanceof ApiProblem);
    assert.equal(error.status, 401);
    return true;
  });
});

test("a name is given, changed and taken away", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  const token = await server.member("ada@example.org");
  const client = createClient<AccountRoutes>({ baseUrl: server.url, token });
  for (const name of ["Ada", "Ada Lovelace", null]) {
    assert.equal((await client("PATCH /v1/me", { body: { name } })).body.name, name);
    assert.equal((await client("GET /v1/me")).body.name, name);
  }
});

test("a write with the cookie from another site is refused", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  const token = await server.member("ada@example.org");
  const cookie = `tenfold_session=${token}`;
  for (const origin of ["https://evil.example", "null"]) {
    const answer = await server.call("DELETE /v1/sessions/current", {
      headers: { cookie, origin },
    });
    assert.equal(answer.body.code, "origin_forbidden");
  }
  assert.equal((await server.call("GET /v1/me", { token })).status, 200);
});
