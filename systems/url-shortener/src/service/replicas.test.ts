/** Several processes on one database: races, and changes that every one must obey. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "@tenfold/core";
import { startRedis } from "@tenfold/state/testing";
import { createTestHouse, type TestReplica } from "../testing.ts";

const CALLERS = 40;

/** Asks until `expected` comes; answers how long that took. The bound only ends a failed test. */
async function msUntil(read: () => Promise<unknown>, expected: unknown): Promise<number> {
  const startMs = systemClock.monotonic();
  for (;;) {
    const seen = await read();
    const ms = systemClock.monotonic() - startMs;
    if (seen === expected) return ms;
    assert.ok(ms < 20_000, `still ${String(seen)} after ${ms} ms`);
    await systemClock.sleep(20);
  }
}

const target = async (replica: TestReplica, code: string): Promise<string> => {
  const answer = await replica.get(`/${code}`);
  return `${answer.status} ${answer.headers.get("location")?.slice(20) ?? ""}`.trim();
};

test("one URL shortened by many callers on two processes at once becomes one link", async () => {
  await using house = await createTestHouse();
  const one = await house.replica();
  const two = await house.replica({ options: { codeStrategy: "hash" } });
  const answers = await Promise.all(
    Array.from({ length: CALLERS }, (_, index) =>
      (index % 2 === 0 ? one : two).api("POST /v1/links", { url: "https://example.com/race" }),
    ),
  );
  assert.equal(new Set(answers.map((answer) => answer.body.id)).size, 1);
  assert.equal(answers.filter((answer) => answer.status === 201).length, 1);
  assert.equal(answers.filter((answer) => answer.status === 200).length, CALLERS - 1);
});

test("one slug asked for by many callers at once goes to one of them", async () => {
  await using house = await createTestHouse();
  const one = await house.replica();
  const two = await house.replica();
  const answers = await Promise.all(
    Array.from({ length: CALLERS }, (_, index) =>
      (index % 2 === 0 ? one : two).api("POST /v1/links", {
        url: `https://example.com/${index}`,
        slug: "wanted",
      }),
    ),
  );
  assert.equal(answers.filter((answer) => answer.status === 201).length, 1);
  assert.equal(answers.filter((answer) => answer.body.code === "slug_taken").length, CALLERS - 1);
});

test("bulk creates with the same URLs in opposite orders neither deadlock nor duplicate", async () => {
  await using house = await createTestHouse();
  const one = await house.replica();
  const two = await house.replica();
  const items = Array.from({ length: 500 }, (_, index) => ({
    url: `https://example.com/${index}`,
  }));
  const bulk = (index: number) =>
    (index % 2 === 0 ? one : two).api("POST /v1/links/bulk", {
      items: index % 2 === 0 ? items : [...items].reverse(),
    });
  const answers = await Promise.all([0, 1, 2, 3].map(bulk));
  assert.deepEqual(
    answers.map((answer) => answer.body.failed),
    [0, 0, 0, 0],
  );
  assert.equal(
    answers.reduce((sum, answer) => sum + (answer.body.created ?? 0), 0),
    500,
  );
});

test("edits, bans and deletions are obeyed by the other process, with Redis and without", async () => {
  await using redis = await startRedis();
  await using house = await createTestHouse();
  const one = await house.replica({ redisUrl: redis.url });
  const two = await house.replica({ redisUrl: redis.url });
  const make = async (): Promise<{ id: string; code: string }> =>
    (await one.api("POST /v1/links", { url: "https://example.com/old", reuse: false })).body;
  const admin = { token: "admin-1" };

  const scenario = async (limitMs: number): Promise<void> => {
    const { id, code } = await make();
    assert.equal(await target(two, code), "302 old");
    await one.api(`PATCH /v1/links/${id}`, { url: "https://example.com/new" });
    const editMs = await msUntil(() => target(two, code), "302 new");
    await one.api(`PUT /v1/links/${id}/ban`, {}, admin);
    const banMs = await msUntil(() => target(two, code), "451");
    await one.api(`DELETE /v1/links/${id}/ban`, undefined, admin);
    await msUntil(() => target(two, code), "302 new");
    await one.api("PUT /v1/banned-hosts/example.com", {}, admin);
    const hostMs = await msUntil(() => target(two, code), "451");
    await one.api("DELETE /v1/banned-hosts/example.com", undefined, admin);
    await msUntil(() => target(two, code), "302 new");
    await one.api(`DELETE /v1/links/${id}`);
    const deleteMs = await msUntil(() => target(two, code), "404");
    assert.ok(
      Math.max(editMs, banMs, hostMs, deleteMs) <= limitMs,
      `obeyed after ${[editMs, banMs, hostMs, deleteMs].join(", ")} ms`,
    );
  };
  await scenario(1000);

  // What was cached while all was well must be left as quickly when Redis goes.
  const before = await make();
  assert.equal(await target(two, before.code), "302 old");
  await redis.kill();
  await one.api(`PATCH /v1/links/${before.id}`, { url: "https://example.com/new" });
  assert.ok((await msUntil(() => target(two, before.code), "302 new")) <= 5000);
  await scenario(5000);
  await redis.restart();
  await msUntil(async () => one.platform.state.healthy() && two.platform.state.healthy(), true);
  await scenario(1000);
});
