/** One text that changes when any row of any system does: for tests that say "and nothing changed". */
import { setTimeout as delay } from "node:timers/promises";
import type { Sql } from "@tenfold/sql";

/** Columns that a mere look, or time alone, may move. */
const moving: Readonly<Record<string, readonly string[]>> = {
  "accounts.sessions": ["last_seen_at"],
  "accounts.api_keys": ["last_used_at"],
  "url_shortener.click_writers": ["seen_at"],
  "url_shortener.click_forgotten": ["purged"],
  "unique_ids.time_marks": ["mark_ms"],
};

/** Leases are renewed, and jobs come and go, by themselves. */
const ownRhythm = ["pg_catalog", "information_schema", "tenfold", "jobs", "pgboss"];

export interface RowDigest {
  /** By table, `accounts.sessions`: its number of rows and their hash. */
  read(): Promise<Readonly<Record<string, string>>>;
  /** Resolves when clicks that were counted have been written and folded. */
  settled(): Promise<void>;
}

/** Longer than clicks stay in memory. */
const flushMs = 250;

/** Finds the tables once; call it after the migrations. */
export async function openRowDigest(sql: Pick<Sql, "query">): Promise<RowDigest> {
  const { rows: tables } = await sql.query<{ schema: string; name: string }>(
    `select schemaname as schema, tablename as name from pg_tables
     where schemaname <> all($1) order by 1, 2`,
    [ownRhythm],
  );
  const parts = tables.map(({ schema, name }) => {
    const without = (moving[`${schema}.${name}`] ?? []).map((column) => ` - '${column}'`).join("");
    return `select '${schema}.${name}' as name,
      count(*) || ' ' || coalesce(md5(string_agg(row, ',' order by row)), '') as digest
      from (select (to_jsonb(t)${without})::text as row from "${schema}"."${name}" t) rows`;
  });
  const statement = parts.join(" union all ");
  // Read a thousand times in a test: planning it takes longer than running it.
  const name = "row-digest";
  const read = async (): Promise<Readonly<Record<string, string>>> => {
    const { rows } = await sql.query<{ name: string; digest: string }>(statement, [], { name });
    return Object.fromEntries(rows.map((row) => [row.name, row.digest]));
  };
  return {
    read,
    async settled() {
      for (let before = await read(); ;) {
        await delay(flushMs);
        const now = await read();
        const folded = now["url_shortener.click_batches"] === "0 ";
        if (folded && changedTables(before, now).length === 0) return;
        before = now;
      }
    },
  };
}

/** The tables whose rows differ. */
export function changedTables(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  return Object.keys(after).filter((name) => before[name] !== after[name]);
}
