import assert from "node:assert/strict";
import { after, test } from "node:test";

import { hasCode } from "@tenfold/core";
import { sql as rawSql } from "kysely";

import { violatedConstraint } from "./failures.ts";
import { openSql } from "./open-sql.ts";
import { createTestSql, withDatabase } from "./testing.ts";

const sql = await createTestSql({
  migrations: [
    {
      system: "url-shortener",
      migrations: [
        {
          name: "001-links",
          async up(db) {
            await rawSql`create table links (
              id bigint primary key, url text not null, made_at timestamptz not null default now(),
              day date not null default '2026-11-22')`.execute(db);
          },
        },
      ],
    },
  ],
});
after(() => sql.stop());

interface Tables {
  links: { id: string; url: string; made_at: Date; day: string };
}

test("tables() reads and writes the system's schema, 64-bit numbers as text, times as Date", async () => {
  const db = sql.tables<Tables>("url-shortener");
  await sql.query("insert into url_shortener.links (id, url) values ($1, $2)", [
    "9007199254740993",
    "https://a.example",
  ]);
  const row = await db.selectFrom("links").selectAll().executeTakeFirstOrThrow();
  assert.equal(row.id, "9007199254740993");
  assert.ok(row.made_at instanceof Date);
  assert.equal(row.day, "2026-11-22");
});

test("queryIn() is part of the transaction it is given", async () => {
  const db = sql.tables<Tables>("url-shortener");
  await assert.rejects(
    db.transaction().execute(async (transaction) => {
      const done = await sql.queryIn<{ id: string }>(
        transaction,
        "insert into url_shortener.links (id, url) values ($1, 'x') returning id",
        ["77"],
      );
      assert.deepEqual(done, { rows: [{ id: "77" }], rowCount: 1 });
      throw new Error("undo");
    }),
    /undo/,
  );
  const { rowCount } = await sql.query("select 1 from url_shortener.links where id = 77");
  assert.equal(rowCount, 0);
});

test("a query leaves its caller's values as they were, and the rows to whoever asked", async () => {
  const values: readonly unknown[] = Object.freeze(["a", Buffer.from("b"), null]);
  const text = "select $1::text as a, $2::bytea as b, $3::text as c";
  const rows = [{ a: "a", b: Buffer.from("b"), c: null }];
  assert.deepEqual(await sql.query(text, values), { rows, rowCount: 1 });
  const inside = await sql
    .tables("url-shortener")
    .transaction()
    .execute((transaction) => sql.queryIn(transaction, text, values));
  assert.deepEqual(inside, { rows, rowCount: 1 });
  assert.deepEqual(values, ["a", Buffer.from("b"), null]);
});

test("a broken constraint can be told apart by its name", async () => {
  const insert = () => sql.query("insert into url_shortener.links (id, url) values (5, 'x')");
  await insert();
  const error = await insert().catch((caught: unknown) => caught);
  assert.deepEqual(violatedConstraint(error), { kind: "unique", name: "links_pkey" });
});

test("text with U+0000 is the caller's mistake, through Kysely as through query()", async () => {
  const isMistake = (error: unknown) => hasCode(error, "sql_text_invalid");
  await assert.rejects(sql.query("select $1::text", ["a\u0000b"]), isMistake);
  const db = sql.tables<Tables>("url-shortener");
  await assert.rejects(
    db.selectFrom("links").selectAll().where("url", "=", "\u0000").execute(),
    isMistake,
  );
});

test("a statement that takes too long is cancelled and says so", async () => {
  await withDatabase(
    async (hasty) => {
      await assert.rejects(hasty.query("select pg_sleep(20)"), (error) =>
        hasCode(error, "sql_timeout"),
      );
      await hasty.ping();
    },
    { statementTimeoutMs: 50 },
  );
});

test("a server that is not there gives sql_unavailable, retryable", async () => {
  await using absent = openSql({}, { connectionString: "postgresql://nobody:x@127.0.0.1:1/none" });
  for (const call of [
    () => absent.ping(),
    () => absent.tables<Tables>("url-shortener").selectFrom("links").selectAll().execute(),
  ]) {
    await assert.rejects(
      call(),
      (error) => hasCode(error, "sql_unavailable") && error.retryable && error.status === 503,
    );
  }
});

test("the pool recovers by itself when its connections are cut, also amid a transaction", async () => {
  await withDatabase(async (cut) => {
    const db = cut.tables<Tables>("url-shortener");
    const outcome = db.transaction().execute(async (transaction) => {
      await cut.queryIn(transaction, "select 1");
      await cut.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
      );
      await cut.queryIn(transaction, "select 1");
    });
    await assert.rejects(outcome, (error) => hasCode(error, "sql_unavailable"));
    await cut.ping();
  });
});

test("replica() falls back to the primary, and asks replicas in turn", async () => {
  await withDatabase(async (primary) => {
    const { rows } = await primary.query<{ one: number }>("select 1 as one");
    assert.deepEqual(rows, [{ one: 1 }]);
    await using spread = openSql(
      {},
      {
        connectionString: "postgresql://nobody:x@127.0.0.1:1/none",
        replicaConnectionStrings: [primary.connectionString, primary.connectionString],
      },
    );
    for (let round = 0; round < 4; round += 1) {
      const read = rawSql<{ one: number }>`select 1 as one`.execute(spread.replica("any"));
      assert.deepEqual((await read).rows, [{ one: 1 }]);
    }
  });
});
