/** Time marks in SQL: one row per worker ID, fenced by the lease's token. */
import type { Sql } from "@tenfold/sql";
import type { TimeMarks } from "@tenfold/unique-id";

/** Each call is one statement, so one transaction: the row's lock puts rivals in order. */
const openText = `
  insert into unique_ids.time_marks as known (slot, token) values ($1, $2)
  on conflict (slot) do update set token = excluded.token where known.token <= excluded.token
  returning mark_ms`;

const writeText = `
  update unique_ids.time_marks set mark_ms = $3 where slot = $1 and token = $2`;

/** Needs the migrations of this system. */
export function sqlTimeMarks(sql: Pick<Sql, "query">): TimeMarks {
  return {
    async open({ slot, token }) {
      const { rows } = await sql.query<{ mark_ms: string | null }>(openText, [slot, String(token)]);
      const [row] = rows;
      if (row === undefined) return "fenced";
      return { markMs: row.mark_ms === null ? undefined : Number(row.mark_ms) };
    },
    async write({ slot, token }, markMs) {
      const values = [slot, String(token), Math.floor(markMs)];
      const { rowCount } = await sql.query(writeText, values, { name: "write-time-mark" });
      return rowCount > 0;
    },
  };
}
