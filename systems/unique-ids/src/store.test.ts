import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestSql } from "@tenfold/sql/testing";
import { describeTimeMarks } from "@tenfold/unique-id/conformance";
import { uniqueIdsMigrations } from "./index.ts";
import { sqlTimeMarks } from "./store.ts";

const migrations = [{ system: "unique-ids", migrations: uniqueIdsMigrations }];

describeTimeMarks("SQL", async () => {
  const sql = await createTestSql({ migrations });
  return {
    marks: sqlTimeMarks(sql),
    reopen: async () => sqlTimeMarks(sql),
    close: () => sql.stop(),
  };
});

test("of two holders who race for a slot, the later begins above all the earlier may use", async () => {
  await using sql = await createTestSql({ migrations });
  const marks = sqlTimeMarks(sql);
  for (let token = 1n; token < 60n; token += 1n) {
    const [holder, successor] = [
      { slot: 0, token },
      { slot: 0, token: token + 1n },
    ];
    assert.notEqual(await marks.open(holder), "fenced");
    const wantedMs = Number(token) * 1_000;
    const [written, found] = await Promise.all([
      marks.write(holder, wantedMs),
      marks.open(successor),
    ]);
    assert.ok(found !== "fenced");
    if (written) assert.ok((found.markMs ?? 0) >= wantedMs, `token ${token}`);
  }
});
