/**
 * Bad input against every endpoint. The good calls are a table, the bad ones
 * follow from the routes' own schemas: a new endpoint is covered by a line in
 * `bad-input/calls.ts`, and without one the first test names it.
 *
 * Every refusal must be problem+json with a code that the route or the
 * platform declares and a request ID, and must leave every row as it was.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SESSION_COOKIE } from "@tenfold/http";
import {
  bearer,
  callerFor,
  oddityComplaints,
  refusalComplaints,
  send,
  type Attempt,
} from "./bad-input/attempt.ts";
import { bodyMutations, fieldsNotShown } from "./bad-input/body-mutations.ts";
import { allRoutes, calls } from "./bad-input/calls.ts";
import { credentialCases } from "./bad-input/credentials.ts";
import { paramMutations, queryMutations } from "./bad-input/url-mutations.ts";
import { makeWorld, type World } from "./bad-input/world.ts";

let world: World;
before(async () => {
  world = await makeWorld();
});
after(() => world[Symbol.asyncDispose]());

const entries: ReadonlyMap<string, (typeof calls)[keyof typeof calls]> = new Map(
  Object.entries(calls),
);
const none: readonly string[] = [];
let clicked = false;

async function goodAttempt(key: string): Promise<Attempt> {
  const [entry, spec] = [entries.get(key), allRoutes.get(key)];
  if (entry === undefined || spec === undefined) throw new Error(`calls.ts has no call of ${key}`);
  const call = await entry.good(world);
  const as = call.token === undefined ? callerFor(spec, world) : bearer(call.token);
  // Clicks that earlier calls have set going must not look like this one's doing.
  if (clicked) await world.digest.settled();
  clicked = key.endsWith("/{code}");
  return { name: "nothing wrong", key, spec, call, as };
}

test("every endpoint has its good call, which shows every field", async () => {
  for (const [key, spec] of allRoutes) {
    const { call } = await goodAttempt(key);
    assert.deepEqual(fieldsNotShown(spec.body, call.body), none, `${key}: fields of the body`);
    assert.deepEqual(fieldsNotShown(spec.query, call.query), none, `${key}: parameters`);
  }
});

test("every endpoint that the contract tells of is among them", async () => {
  const document: unknown = await (await fetch(`${world.url}/openapi.json`)).json();
  assert.ok(isRecord(document) && isRecord(document["paths"]));
  const told = Object.entries(document["paths"]).flatMap(([path, methods]) =>
    Object.keys(isRecord(methods) ? methods : {}).map(
      (method) => `${method.toUpperCase()} ${path}`,
    ),
  );
  const platformsOwn = ["GET /livez", "GET /readyz", "GET /metrics", "GET /openapi.json"];
  const missing = told.filter((key) => !allRoutes.has(key) && !platformsOwn.includes(key));
  assert.ok(told.length > platformsOwn.length);
  assert.deepEqual(missing, none, "import their tables in test/bad-input/calls.ts");
});

for (const [key, spec] of allRoutes) {
  const [method = ""] = key.split(" ");

  test(`${key} refuses what its schemas forbid, and does nothing`, async () => {
    const good = await goodAttempt(key);
    const mutations = [
      ...bodyMutations(spec, good.call, method),
      ...paramMutations(spec),
      ...queryMutations(spec, good.call),
    ];
    const refused = mutations.filter(({ expected }) => expected === "refused");
    const found = await refusalComplaints(
      world,
      refused.map((mutation) => ({ ...good, ...mutation })),
    );
    for (const mutation of mutations.filter(({ expected }) => expected === "any")) {
      found.push(...(await oddityComplaints(world, { ...good, ...mutation })));
    }
    assert.deepEqual(found, none);
  });

  test(`${key} refuses what its own rules forbid, and does nothing`, async () => {
    const good = await goodAttempt(key);
    const bad = (await entries.get(key)?.bad?.(world)) ?? [];
    const attempts = bad.map(({ name, status, code, ...call }) => ({
      ...good,
      name,
      status,
      code,
      call: { ...good.call, query: {}, ...call },
    }));
    assert.deepEqual(await refusalComplaints(world, attempts), none);
  });

  test(`${key} refuses whoever may not call it, and does nothing`, async () => {
    const good = await goodAttempt(key);
    const owned = entries.get(key)?.owned;
    const cases = credentialCases(spec, { method, owned, world });
    assert.deepEqual(
      await refusalComplaints(
        world,
        cases.map((each) => ({ ...good, ...each })),
      ),
      none,
    );
  });
}

test("the good calls are good", async () => {
  const found: string[] = [];
  for (const key of allRoutes.keys()) {
    const attempt = await goodAttempt(key);
    const { status, body } = await send(world, attempt);
    if (status >= 400) found.push(`${key}: ${status} ${body}`);
  }
  assert.deepEqual(found, none);
});

test("bulk items fail one by one, and do nothing", async () => {
  const good = await goodAttempt("POST /v1/links/bulk");
  const texts = ["null", "1e400", '"x"', "[]", "{}", '{"url":1}', '{"url":"javascript:1"}'];
  const more = [
    '{"url":"https://example.com/","surprise":1}',
    '{"url":"https://example.com/","status":200}',
  ];
  const body = `{"items":[${[...texts, ...more].join(",")}]}`;
  const before = await world.digest.read();
  const answer = await send(world, { ...good, body });
  assert.equal(answer.status, 200);
  assert.match(answer.body, /"created":0,"reused":0,"failed":9/);
  assert.deepEqual(await world.digest.read(), before);
});

test("a session cookie with our own Origin may write", async () => {
  const good = await goodAttempt("POST /v1/links");
  const cookie = `${SESSION_COOKIE}=${world.admin.token}`;
  const { status } = await send(world, { ...good, as: { cookie, origin: world.url } });
  assert.equal(status, 201);
});

test("of two credentials the bearer counts", async () => {
  const good = await goodAttempt("GET /v1/me");
  const cookie = `${SESSION_COOKIE}=${world.member.token}`;
  const { body } = await send(world, { ...good, as: { cookie, ...bearer(world.admin.token) } });
  assert.match(body, /"admin@example\.org"/);
});

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
