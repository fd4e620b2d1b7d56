import assert from "node:assert/strict";
import test from "node:test";
import { goodPassword, serve, startAccounts } from "./testing.ts";

const password = goodPassword;

test("of twenty people who sign up first at the same moment one is the administrator", async () => {
  await using all = await startAccounts({ options: { signUp: "open" } });
  await using server = await serve(all.accounts, all.platform);
  assert.equal((await server.call("GET /v1/accounts/sign-up")).body.signUp, "first");
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      server.call("POST /v1/accounts", { body: { email: `user${n}@example.org`, password } }),
    ),
  );
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
  assert.equal(answers.filter(({ body }) => body.role === "admin").length, 1);
  assert.equal((await server.call("GET /v1/accounts/sign-up")).body.signUp, "open");
});

test("also two processes make one administrator, and by default nobody else gets in", async () => {
  await using all = await startAccounts({ options: { signUp: "invite" } });
  await using one = await serve(all.accounts, all.platform);
  await using two = await serve(await all.another(), all.platform);
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      (n % 2 === 0 ? one : two).call("POST /v1/accounts", {
        body: { email: `user${n}@example.org`, password },
      }),
    ),
  );
  const made = answers.filter(({ status }) => status === 201);
  assert.deepEqual(
    made.map(({ body }) => body.role),
    ["admin"],
  );
  const codes = new Set(
    answers.filter(({ status }) => status !== 201).map(({ body }) => body.code),
  );
  assert.deepEqual(codes, new Set(["invitation_invalid"]));
});

test("a first sign-up that fails leaves the place to the next", async () => {
  await using all = await startAccounts({ options: { signUp: "invite" } });
  await using server = await serve(all.accounts, all.platform);
  await all.sql.query(
    "alter table accounts.accounts add constraint no_bob check (email <> 'bob@example.org')",
  );
  const bob = await server.call("POST /v1/accounts", {
    body: { email: "bob@example.org", password },
  });
  assert.equal(bob.status, 500);
  const ada = await server.call("POST /v1/accounts", {
    body: { email: "ada@example.org", password },
  });
  assert.equal(ada.body.role, "admin");
});

test("an address is one account however it is written", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  const made = await server.call("POST /v1/accounts", {
    body: { email: "Ada@Example.org", password, name: "Ada" },
  });
  assert.equal(made.body.email, "Ada@Example.org");
  const again = await server.call("POST /v1/accounts", {
    body: { email: "aDA@eXAMPLE.ORG", password },
  });
  assert.equal(again.status, 409);
  assert.equal(again.body.code, "email_taken");
  const signedIn = await server.call("POST /v1/sessions", {
    body: { email: "ADA@example.org", password },
  });
  assert.equal(signedIn.status, 201);
});

test("closed sign-up refuses, with an invitation too", async () => {
  await using all = await startAccounts({ options: { signUp: "closed" } });
  await using server = await serve(all.accounts, all.platform);
  const token = await server.member("admin@example.org");
  const invited = await server.call("POST /v1/invitations", { token, body: {} });
  assert.equal(invited.status, 201);
  for (const invitation of [undefined, invited.body.code]) {
    const body = { email: "bob@example.org", password, invitation };
    const refused = await server.call("POST /v1/accounts", { body });
    assert.equal(refused.body.code, "sign_up_closed");
  }
});

test("an invitation works once, also when two try at the same moment", async () => {
  await using all = await startAccounts({ options: { signUp: "invite" } });
  await using server = await serve(all.accounts, all.platform);
  const token = await server.member("admin@example.org");
  const { body: invited } = await server.call("POST /v1/invitations", { token, body: {} });
  const listed = await server.call("GET /v1/invitations", { token });
  assert.deepEqual(listed.body, { items: [invited.invitation], nextCursor: null });
  const answers = await Promise.all(
    ["bob", "eve", "joe"].map((name) =>
      server.call("POST /v1/accounts", {
        body: { email: `${name}@example.org`, password, invitation: invited.code },
      }),
    ),
  );
  const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
  assert.deepEqual(statuses, [201, 403, 403]);
  assert.equal(answers.find(({ status }) => status === 201)?.body.role, "member");
  const after = await server.call("GET /v1/invitations", { token });
  assert.deepEqual(after.body.items, []);
  const { rows } = await all.sql.query("select 1 from accounts.accounts");
  assert.equal(rows.length, 2);
});

test("an invitation for one address, an expired, a withdrawn and a made-up one are refused", async () => {
  await using all = await startAccounts({ options: { signUp: "invite" } });
  await using server = await serve(all.accounts, all.platform);
  const token = await server.member("admin@example.org");
  const inviteFor = async (email?: string) =>
    (await server.call("POST /v1/invitations", { token, body: { email } })).body;
  const signUp = async (email: string, invitation: string) =>
    (await server.call("POST /v1/accounts", { body: { email, password, invitation } })).body;

  const forAda = await inviteFor("Ada@example.org");
  assert.equal((await signUp("eve@example.org", forAda.code)).code, "invitation_invalid");
  assert.equal((await signUp("ada@example.org", forAda.code)).email, "ada@example.org");

  const withdrawn = await inviteFor();
  const path = `DELETE /v1/invitations/${withdrawn.invitation.id}`;
  assert.equal((await server.call(path, { token })).status, 204);
  assert.equal((await server.call(path, { token })).body.code, "invitation_not_found");
  assert.equal((await signUp("eve@example.org", withdrawn.code)).code, "invitation_invalid");

  const expired = await inviteFor();
  await all.clock.advance(7 * 86_400_000);
  assert.equal((await signUp("eve@example.org", expired.code)).code, "invitation_invalid");
  assert.equal((await signUp("eve@example.org", "tfi_nonsense")).code, "invitation_invalid");
  assert.equal((await signUp("eve@example.org", token)).code, "invitation_invalid");
});

test("a taken address does not use up the invitation", async () => {
  await using all = await startAccounts({ options: { signUp: "invite" } });
  await using server = await serve(all.accounts, all.platform);
  const token = await server.member("admin@example.org");
  const { code } = (await server.call("POST /v1/invitations", { token, body: {} })).body;
  const signUp = (email: string) =>
    server.call("POST /v1/accounts", { body: { email, password, invitation: code } });
  assert.equal((await signUp("admin@example.org")).body.code, "email_taken");
  assert.equal((await signUp("bob@example.org")).status, 201);
});

test("the operator makes users and keys without signing in", async () => {
  await using all = await startAccounts({ options: { signUp: "closed" } });
  const { operator, authenticator, client } = all.accounts;
  const ada = await operator.createUser({ email: "ada@example.org", password });
  assert.equal(ada.role, "admin");
  const bob = await operator.createUser({ email: "bob@example.org", password });
  assert.equal(bob.role, "member");
  const key = await operator.createKey({
    email: "BOB@example.org",
    name: "laptop",
    scopes: ["links:read"],
  });
  const principal = await authenticator.authenticate(key.key);
  assert.equal(principal?.accountId, bob.id);
  assert.deepEqual(principal?.scopes, ["links:read"]);
  assert.equal(await client.emailOf(bob.id), "bob@example.org");

  await assert.rejects(operator.createUser({ email: "x", password: "short" }), {
    code: "validation_failed",
  });
  await assert.rejects(
    operator.createKey({ email: "bob@example.org", name: "k", scopes: ["everything"] }),
    { code: "validation_failed" },
  );
  await operator.removeUser("bob@example.org");
  assert.equal(await authenticator.authenticate(key.key), undefined);
  assert.equal(await client.exists(bob.id), false);
});
