import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pid } from "node:process";
import { test } from "node:test";

import { hasCode } from "@tenfold/core";

import { runningConnectionString } from "./connection.ts";
import { defaultDataFolder, runsAsRoot, serverAccount } from "./account.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import { layoutOf } from "./layout.ts";
import { ask, preparedFolder, startChild, startFor, temporaryFolder } from "./scene.ts";

const needsRoot = { skip: runsAsRoot() ? false : "only root can take another account" };

test("starts from nothing in a path with spaces and quotes, and finds its rows again", async (t) => {
  const folder = temporaryFolder(t, `a "quoted", 'odd' ünd spaced path`);
  const first = await startFor(t, folder);
  await ask(first.connectionString, "create table kept (id int)");
  await ask(first.connectionString, "insert into kept values (7)");
  await first.stop();
  const second = await startFor(t, folder);
  assert.deepEqual(await ask(second.connectionString, "select id from kept"), [{ id: 7 }]);
});

test("is durable, checked, UTF-8, independent of the system's locale, and closed to the network", async (t) => {
  const server = await startFor(t, temporaryFolder(t));
  const [found] = await ask(
    server.connectionString,
    `select current_setting('fsync') as fsync, current_setting('full_page_writes') as pages,
       current_setting('synchronous_commit') as commit, current_setting('data_checksums') as checksums,
       current_setting('listen_addresses') as addresses,
       current_setting('dynamic_shared_memory_type') as memory,
       pg_encoding_to_char(encoding) as encoding, datlocprovider as provider, datlocale as locale
     from pg_database where datname = current_database()`,
  );
  assert.deepEqual(found, {
    fsync: "on",
    pages: "on",
    commit: "on",
    checksums: "on",
    addresses: "",
    memory: "mmap",
    encoding: "UTF8",
    provider: "b",
    locale: "C.UTF-8",
  });
});

test("the application's role is ordinary, and a wrong password is refused", async (t) => {
  const server = await startFor(t, await preparedFolder(t));
  const [role] = await ask(
    server.connectionString,
    "select rolsuper from pg_roles where rolname = current_user",
  );
  assert.deepEqual(role, { rolsuper: false });
  const wrong = server.connectionString.replace(/:[^:@]+@/, ":wrong@");
  await assert.rejects(ask(wrong, "select 1"), /password authentication failed/);
});

test("passwords and socket are private", async (t) => {
  const folder = temporaryFolder(t);
  await startFor(t, folder);
  const layout = layoutOf(folder);
  assert.equal(statSync(layout.credentials).mode & 0o777, 0o600);
  assert.equal(statSync(layout.socket).mode & 0o777, 0o700);
  assert.equal(statSync(layout.folder).mode & 0o777, 0o700);
});

test("a path too long for a socket's address gets a short private socket folder", async (t) => {
  const folder = await preparedFolder(t, "long-".repeat(24));
  const server = await startFor(t, folder);
  const socket = new URL(server.connectionString).searchParams.get("host") ?? "";
  assert.ok(!socket.startsWith(folder));
  assert.equal(statSync(socket).mode & 0o777, 0o700);
  assert.equal((await ask(server.connectionString, "select 1 as one")).length, 1);
  await server.stop();
  assert.ok(!existsSync(socket));
});

test("a second start on the folder is refused, naming the process", async (t) => {
  const folder = await preparedFolder(t);
  const child = startChild(t, [folder]);
  await child.until((line) => line.ready !== undefined);
  await assert.rejects(startEmbeddedPostgres({ dataFolder: folder }), (error) => {
    assert.ok(hasCode(error, "data_folder_in_use"));
    assert.match(error.detail, new RegExp(`process ${child.pid}\\.`));
    return true;
  });
});

test("a second start within one process is refused too, and allowed after stop()", async (t) => {
  const folder = await preparedFolder(t);
  const first = await startFor(t, folder);
  await assert.rejects(startEmbeddedPostgres({ dataFolder: folder }), (error) =>
    hasCode(error, "data_folder_in_use"),
  );
  assert.equal((await ask(first.connectionString, "select 1")).length, 1);
  await first.stop();
  await startFor(t, folder);
});

test("a dead owner is not believed, even when its number now belongs to someone alive", async (t) => {
  const folder = await preparedFolder(t);
  writeFileSync(layoutOf(folder).owner, JSON.stringify({ pid }));
  await startFor(t, folder);
});

test("data of another major version is refused with advice, and not touched", async (t) => {
  const folder = await preparedFolder(t);
  await (await startFor(t, folder)).stop();
  const version = join(layoutOf(folder).cluster, "PG_VERSION");
  writeFileSync(version, "17\n");
  const before = readdirSync(layoutOf(folder).cluster).sort();
  await assert.rejects(startEmbeddedPostgres({ dataFolder: folder }), (error) => {
    assert.ok(hasCode(error, "data_folder_version"));
    assert.match(error.message, /PostgreSQL 17.*DATABASE_URL/);
    return true;
  });
  assert.equal(readFileSync(version, "utf8"), "17\n");
  assert.deepEqual(readdirSync(layoutOf(folder).cluster).sort(), before);
});

test("a folder that is no cluster is refused", async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(layoutOf(folder).cluster, { recursive: true });
  writeFileSync(join(layoutOf(folder).cluster, "holiday.jpg"), "");
  chmodSync(folder, 0o711);
  await assert.rejects(startEmbeddedPostgres({ dataFolder: folder }), (error) =>
    hasCode(error, "data_folder_unusable"),
  );
});

test("what a start that was cut short has left is removed", async (t) => {
  const folder = temporaryFolder(t);
  const left = join(layoutOf(folder).folder, "cluster.new-abc");
  mkdirSync(left, { recursive: true });
  chmodSync(folder, 0o711);
  writeFileSync(join(left, "half"), "");
  await startFor(t, folder);
  assert.ok(!existsSync(left));
});

test("a server that cannot start says why, and lets go of the folder", async (t) => {
  const folder = await preparedFolder(t);
  await (await startFor(t, folder)).stop();
  const control = join(layoutOf(folder).cluster, "global", "pg_control");
  const whole = readFileSync(control);
  writeFileSync(control, Buffer.alloc(whole.length));
  await assert.rejects(startEmbeddedPostgres({ dataFolder: folder }), (error) =>
    hasCode(error, "postgres_start_failed"),
  );
  writeFileSync(control, whole);
  await startFor(t, folder);
});

test("root gives the server to an unprivileged account", needsRoot, async (t) => {
  const folder = await preparedFolder(t);
  const server = await startFor(t, folder);
  const uid = /^Uid:\s+(\d+)\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"));
  assert.notEqual(uid?.[1], "0");
  assert.notEqual(uid?.[2], "0");
  assert.equal(String(statSync(layoutOf(folder).cluster).uid), uid?.[1]);
});

test(
  "a folder that this account cannot enter is refused, naming what is closed",
  needsRoot,
  async (t) => {
    const closed = temporaryFolder(t, "closed");
    mkdirSync(closed, { mode: 0o700 });
    await assert.rejects(
      startEmbeddedPostgres({ dataFolder: join(closed, "deep", "data") }),
      (error) => {
        assert.ok(hasCode(error, "data_folder_unreachable"));
        assert.ok(error.message.includes(`chmod o+x '${closed}'`), error.message);
        return true;
      },
    );
    assert.deepEqual(readdirSync(closed), []);
  },
);

test("root's default folder is in the checkout when the server can enter it", needsRoot, (t) => {
  const checkout = temporaryFolder(t, "checkout");
  mkdirSync(checkout);
  chmodSync(checkout, 0o755);
  assert.equal(defaultDataFolder({ root: true, checkout }), join(checkout, "data"));
  chmodSync(checkout, 0o700);
  assert.equal(defaultDataFolder({ root: true, checkout }), "/var/lib/tenfold/data");
  assert.equal(defaultDataFolder({ root: false, checkout }), join(checkout, "data"));
});

test(
  "an ordinary user runs it as itself, and is told when the folder is another's",
  needsRoot,
  async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    const account = serverAccount(layoutOf(folder).cluster);
    assert.ok(account !== undefined);
    const own = startChild(t, [join(folder, "own")], account);
    const { postmaster = 0 } = await own.until((line) => line.ready !== undefined);
    assert.match(
      readFileSync(`/proc/${postmaster}/status`, "utf8"),
      new RegExp(`^Uid:\\s+${account.uid}`, "m"),
    );

    mkdirSync(join(folder, "root"), { mode: 0o700 });
    const foreign = startChild(t, [join(folder, "root")], account);
    const { failed, message } = await foreign.until((line) => line.failed !== undefined);
    assert.equal(failed, "data_folder_unusable", message);
  },
);

test("a tool beside it finds the running server by its folder, and none when it has stopped", async (t) => {
  const folder = await preparedFolder(t);
  assert.equal(runningConnectionString(folder), undefined);
  const server = await startFor(t, folder);
  assert.equal(runningConnectionString(folder), server.connectionString);
  await server.stop();
  assert.equal(runningConnectionString(folder), undefined);
});
