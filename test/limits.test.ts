/** Rate limits over the real platform: refused, overridden, in shadow, edited, reloaded. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ApiProblem } from "@tenfold/client";
import type { LimitRule } from "@tenfold/rate-limits/contract";
import { runCli } from "./support/cli.ts";
import { startTestApp, type Person, type TestApp } from "./support/app.ts";
import { follow } from "./support/scenarios.ts";
import { untilEqual } from "./support/until.ts";

/** Few enough that a test meets them; addresses are told apart by a proxy's word. */
const rules = (links: string): string => `
rules:
  - name: create/link
    match: { route: POST /v1/links }
    per: account
    limit: ${links}
  - name: redirect
    match: { route: ["GET /{code}", "HEAD /{code}"] }
    per: address
    limit: 4 per hour
  - name: bad-credentials
    match: { route: AUTH failed }
    per: address
    limit: 3 per hour
  - name: trial
    match: { route: GET /v1/me }
    per: account
    shadow: true
    limit: 1 per hour
`;

let folder: string;
let platform: TestApp;
let admin: Person;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tenfold-limits-"));
  await writeFile(join(folder, "limits.yaml"), rules("5 per hour"));
  platform = await startTestApp({
    settings: {
      TENFOLD_RATE_LIMITS: join(folder, "limits.yaml"),
      TENFOLD_TRUSTED_PROXIES: "127.0.0.1",
    },
  });
  admin = await platform.person("ada@example.org");
});
after(async () => {
  await platform[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const from = (address: string, headers: Record<string, string> = {}): RequestInit => ({
  redirect: "manual",
  headers: { "x-forwarded-for": address, ...headers },
});
let made = 0;
const makeLink = async ({ token }: Person): Promise<Response> =>
  fetch(`${platform.url}/v1/links`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ url: `https://example.com/${++made}` }),
  });
const statusesOf = async (person: Person, count: number): Promise<number[]> => {
  const statuses: number[] = [];
  for (let call = 0; call < count; call += 1) statuses.push((await makeLink(person)).status);
  return statuses;
};
const ruleOf = async (name: string): Promise<LimitRule> => {
  const { body } = await admin.api("GET /v1/limits", {});
  return body.items.find((item) => item.name === name) ?? assert.fail(`no rule ${name}`);
};

test("a create beyond the limit is a 429 that says which limit, and when to come back", async () => {
  const bea = await platform.person("bea@example.org");
  const first = await makeLink(bea);
  assert.equal(first.status, 201);
  assert.match(first.headers.get("ratelimit-policy") ?? "", /"create\/link";q=5;w=3600/);
  assert.match(first.headers.get("ratelimit") ?? "", /"create\/link";r=4;t=720/);
  assert.match(first.headers.get("ratelimit") ?? "", /"caller\/account";r=\d+/);
  assert.deepEqual(await statusesOf(bea, 4), [201, 201, 201, 201]);
  const refused = await makeLink(bea);
  assert.equal(refused.status, 429);
  assert.match(refused.headers.get("content-type") ?? "", /^application\/problem\+json/);
  assert.ok(Number(refused.headers.get("retry-after")) > 600);
  const problem = (await refused.json()) as { code: string; detail: string };
  assert.equal(problem.code, "rate_limited");
  assert.match(problem.detail, /"create\/link"/);
  // Nobody else is held up, and nothing else of hers.
  assert.equal((await makeLink(await platform.person("cyd@example.org"))).status, 201);
  assert.equal((await bea.api("GET /v1/links", {})).status, 200);
});

test("a redirect is limited by address, carries no fields, and other addresses go on", async () => {
  const { body } = await admin.api("POST /v1/links", { body: { url: "https://example.com/r" } });
  const statuses: number[] = [];
  for (let visit = 0; visit < 5; visit += 1) {
    const answer = await fetch(body.shortUrl, from("203.0.113.9"));
    statuses.push(answer.status);
    assert.equal(answer.headers.has("ratelimit"), answer.status === 429);
  }
  assert.deepEqual(statuses, [302, 302, 302, 302, 429]);
  assert.equal((await fetch(body.shortUrl, from("203.0.113.10"))).status, 302);
  assert.equal((await follow(body.shortUrl)).status, 302);
});

test("bad credentials are refused unread once an address has used them up", async () => {
  const guess = async (token: string): Promise<number> => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${platform.url}/v1/me`, from("203.0.113.20", headers))).status;
  };
  const guesses: number[] = [];
  for (const token of ["a", "b", "c", "d"]) guesses.push(await guess(token));
  assert.deepEqual(guesses, [401, 401, 401, 429]);
});

test("a shadow rule counts what it would refuse, and refuses nothing", async () => {
  const dan = await platform.person("dan@example.org");
  for (let call = 0; call < 4; call += 1) await dan.api("GET /v1/me", {});
  const { mode, counts } = await ruleOf("trial");
  assert.equal(mode, "shadow");
  assert.equal(counts.refused, 0);
  assert.ok(counts.wouldRefuse >= 3);
});

test("an administrator gives one key its own limit, resets it, and takes the edit back", async () => {
  const eli = await platform.person("eli@example.org");
  const { accountId } = eli;
  const params = { name: "create/link" };
  assert.deepEqual(await statusesOf(eli, 6), [201, 201, 201, 201, 201, 429]);
  const counted = await ruleOf("create/link");
  assert.ok(counted.counts.refused > 0);
  assert.deepEqual(
    counted.hottest.find(({ key }) => key === accountId),
    { key: accountId, count: 6, refused: 1 },
  );

  await admin.api("POST /v1/limits/{name}/reset", { params, body: { key: accountId } });
  assert.equal((await makeLink(eli)).status, 201);

  const overrides = [{ values: [accountId], limit: 50 }];
  const changed = await admin.api("PUT /v1/limits/{name}/edit", { params, body: { overrides } });
  assert.deepEqual(changed.body.overrides, overrides);
  assert.equal(changed.body.edit?.editedBy, admin.accountId);
  assert.deepEqual(
    await statusesOf(eli, 8),
    Array.from({ length: 8 }, () => 201),
  );

  const off = { params, body: { mode: "off" as const } };
  assert.equal((await admin.api("PUT /v1/limits/{name}/edit", off)).body.mode, "off");
  await admin.api("DELETE /v1/limits/{name}/edit", { params });
  assert.deepEqual((await ruleOf("create/link")).overrides, []);
});

test("the kernel's rule set has the edits that the console made", async () => {
  const params = { name: "address" };
  const nft = async (): Promise<string> => {
    const { code, out, err } = await runCli(["limits", "nft", "--data", platform.dataFolder]);
    assert.equal(code, 0, err);
    return out;
  };
  assert.doesNotMatch(await nft(), /777\/minute/);
  await admin.api("PUT /v1/limits/{name}/edit", { params, body: { limit: 777 } });
  assert.match(await nft(), /777\/minute/);
  await admin.api("DELETE /v1/limits/{name}/edit", { params });
  const { out, err } = await runCli(["limits", "nft"], {
    env: { DATABASE_URL: "postgres://127.0.0.1:1/nowhere" },
  });
  assert.match(out, /table inet/);
  assert.match(err, /without the edits made in the console/);
});

test("an edit that makes no sense, or of a rule that is not there, is refused and changes nothing", async () => {
  const edit = (name: string, body: object): Promise<unknown> =>
    admin
      .api("PUT /v1/limits/{name}/edit", { params: { name }, body })
      .then(() => "accepted")
      .catch((error: unknown) => (error instanceof ApiProblem ? error.code : error));
  assert.equal(await edit("nowhere", {}), "limit_rule_unknown");
  assert.equal(
    await edit("create/link", { overrides: [{ values: [], limit: 5 }] }),
    "limit_edit_invalid",
  );
  assert.equal(await edit("create/link", { limit: 0 }), "validation_failed");
  assert.equal((await ruleOf("create/link")).edit, null);
  const member = await platform.person("fay@example.org");
  await assert.rejects(member.api("GET /v1/limits", {}), /administrator/);
});

test("the rules file is read again when it changes; with mistakes, the rules before it hold", async () => {
  const file = join(folder, "limits.yaml");
  const limitNow = async (): Promise<number> => (await ruleOf("create/link")).policy.limit;
  await writeFile(file, rules("7 per hour"));
  await untilEqual(limitNow, 7);

  await writeFile(file, rules("many per hour"));
  const problem = async (): Promise<boolean> => {
    const { body } = await admin.api("GET /v1/limits", {});
    return /line 6/.test(body.fileProblem ?? "");
  };
  await untilEqual(problem, true);
  assert.equal(await limitNow(), 7);

  await writeFile(file, rules("8 per hour"));
  await untilEqual(limitNow, 8);
  assert.equal((await admin.api("GET /v1/limits", {})).body.fileProblem, null);
});

test("a rules file with mistakes stops the start, and names the line", async () => {
  const file = join(folder, "broken.yaml");
  await writeFile(file, "rules:\n  - name: a\n    limit: nonsense\n");
  await assert.rejects(
    startTestApp({ settings: { TENFOLD_RATE_LIMITS: file } }),
    /broken\.yaml.*line 3/s,
  );
});
