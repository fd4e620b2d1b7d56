import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kill, pid } from "node:process";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { createSeededRandom } from "@tenfold/core";

import { openSql } from "../open-sql.ts";
import { serverAccount } from "./account.ts";
import { layoutOf } from "./layout.ts";
import {
  ask,
  childrenOf,
  isAlive,
  preparedFolder,
  startChild,
  startFor,
  temporaryFolder,
  untilGone,
} from "./scene.ts";

const seed = new Date().getUTCDate();

test("no acknowledged row is lost when the process is killed, round after round", async (t) => {
  t.diagnostic(`seed ${seed}`);
  const random = createSeededRandom(seed);
  const folder = temporaryFolder(t);
  const acknowledged: string[] = [];
  for (let round = 0; round < 6; round += 1) {
    const child = startChild(t, [folder, "write"]);
    await child.until((line) => line.row !== undefined);
    await delay(random.below(300));
    await child.kill();
    acknowledged.push(...child.said.flatMap(({ row }) => row ?? []));
  }
  const server = await startFor(t, folder);
  const stored = new Set(
    (await ask(server.connectionString, "select id from rows")).map(({ id }) => id),
  );
  assert.ok(acknowledged.length > 100);
  assert.deepEqual(
    acknowledged.filter((id) => !stored.has(id)),
    [],
  );
});

test("the server ends by itself when its process is killed", async (t) => {
  const child = startChild(t, [await preparedFolder(t)]);
  const { postmaster = 0 } = await child.until((line) => line.ready !== undefined);
  assert.ok(isAlive(postmaster));
  await child.kill();
  await untilGone(postmaster);
});

test("a server that outlived its process is found and stopped by the next start", async (t) => {
  const folder = await preparedFolder(t);
  const child = startChild(t, [folder, "write"]);
  const { postmaster = 0 } = await child.until((line) => line.ready !== undefined);
  await child.until((line) => line.row !== undefined);
  for (const watchdog of childrenOf(child.pid, "sh")) kill(watchdog, "SIGKILL");
  await child.kill();
  assert.ok(isAlive(postmaster), "without its watchdog it lives on");

  const server = await startFor(t, folder);
  assert.ok(!isAlive(postmaster));
  assert.notEqual(server.pid, postmaster);
  assert.ok((await ask(server.connectionString, "select 1 from rows")).length > 0);
});

test("a server that is killed comes back, and callers see only sql_unavailable meanwhile", async (t) => {
  const server = await startFor(t, await preparedFolder(t));
  await using sql = openSql({}, { connectionString: server.connectionString });
  await sql.query("create table kept (id int)");
  for (const id of [1, 2, 3]) {
    await sql.query("insert into kept values ($1)", [id]);
    const killed = server.pid ?? 0;
    kill(killed, "SIGKILL");
    await untilGone(killed);
    for (;;) {
      const outcome = await sql.ping().then(
        () => "answered",
        (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
      );
      if (outcome === "answered") break;
      assert.equal(outcome, "sql_unavailable");
      await delay(10);
    }
    assert.notEqual(server.pid, killed);
  }
  const { rows } = await sql.query<{ id: number }>("select id from kept order by id");
  assert.deepEqual(rows, [{ id: 1 }, { id: 2 }, { id: 3 }]);
});

test("a claim that names a living stranger is not believed, and the stranger lives", async (t) => {
  const folder = await preparedFolder(t);
  await (await startFor(t, folder)).stop();
  const { cluster, socket } = layoutOf(folder);
  // Of the server's own account: PostgreSQL believes only those.
  const stranger = spawn("sleep", ["600"], { ...serverAccount(cluster), stdio: "ignore" });
  t.after(() => stranger.kill("SIGKILL"));
  await once(stranger, "spawn");
  const claim = `${stranger.pid}\n${cluster}\n1750000000\n5432\n${socket}\n\n`;
  writeFileSync(join(cluster, "postmaster.pid"), claim, { mode: 0o600 });
  writeFileSync(join(socket, ".s.PGSQL.5432.lock"), claim, { mode: 0o600 });
  const server = await startFor(t, folder);
  assert.equal((await ask(server.connectionString, "select 1")).length, 1);
  assert.ok(isAlive(stranger.pid ?? 0));
});

test("a process killed while it makes the database leaves nothing that hinders the next", async (t) => {
  const random = createSeededRandom(seed);
  const folder = temporaryFolder(t);
  const drafts = (): string[] =>
    existsSync(layoutOf(folder).folder)
      ? readdirSync(layoutOf(folder).folder).filter((name) => name.startsWith("cluster.new-"))
      : [];
  for (let round = 0; round < 4; round += 1) {
    const before = new Set(drafts());
    const child = startChild(t, [folder]);
    while (drafts().every((name) => before.has(name))) await delay(5);
    await delay(random.below(500));
    await child.kill();
  }
  assert.equal(drafts().length, 1, "the last one was killed in the middle");
  const server = await startFor(t, folder);
  assert.equal((await ask(server.connectionString, "select 1")).length, 1);
  assert.deepEqual(drafts(), []);
});

test("stop() while the server is coming back ends it for good", async (t) => {
  const folder = await preparedFolder(t);
  const server = await startFor(t, folder);
  const killed = server.pid ?? 0;
  kill(killed, "SIGKILL");
  await untilGone(killed);
  await server.stop();
  assert.equal(server.pid, undefined);
  assert.deepEqual(childrenOf(pid, "postgres"), []);
  await startFor(t, folder);
});
