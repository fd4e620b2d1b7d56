/**
 * Forgetting a link. Its owner's transaction only leaves a mark, which cannot
 * wait for or collide with a fold; the folder removes the cells soon after,
 * and drops whatever still arrives. Also here: what is kept for a time only.
 */
import type { AnyTransaction, Sql } from "@tenfold/sql";
import { levels } from "./periods.ts";
import { lockState } from "./store.ts";
import type { StepOutcome } from "./roll-up.ts";

const linksPerStep = 100;
const rowsPerStep = 5_000;

/** Marks a link as forgotten, in the transaction that deletes it. */
export async function markForgotten(
  sql: Sql,
  linkId: string,
  transaction: AnyTransaction,
): Promise<void> {
  await sql.queryIn(
    transaction,
    `INSERT INTO url_shortener.click_forgotten (link_id) VALUES ($1)
     ON CONFLICT (link_id) DO UPDATE SET purged = false, forgotten_at = now()`,
    [linkId],
  );
}

/** Removes the cells of some links that were marked. */
export async function purgeStep(sql: Sql, options: { wait: boolean }): Promise<StepOutcome> {
  const { rowCount } = await sql.query(
    "SELECT 1 FROM url_shortener.click_forgotten WHERE NOT purged LIMIT 1",
  );
  if (rowCount === 0) return "done";
  return await sql
    .tables("url-shortener")
    .transaction()
    .execute(async (transaction) => {
      if ((await lockState(sql, transaction, options)) === undefined) return "busy";
      const { rows } = await sql.queryIn<{ id: string }>(
        transaction,
        `SELECT link_id::text AS id FROM url_shortener.click_forgotten
         WHERE NOT purged ORDER BY link_id LIMIT $1`,
        [linksPerStep],
      );
      if (rows.length === 0) return "done";
      const linkIds = rows.map(({ id }) => id);
      for (const change of [
        "DELETE FROM url_shortener.click_cells WHERE link_id = ANY ($1::bigint[])",
        "UPDATE url_shortener.click_forgotten SET purged = true WHERE link_id = ANY ($1::bigint[])",
      ]) {
        await sql.queryIn(transaction, change, [linkIds]);
      }
      return rows.length < linksPerStep ? "done" : "more";
    });
}

/**
 * Drops hours before `oldestHour` whose days are closed, and the traces of
 * writers and links that have been gone longer than anything could be late.
 */
export async function expireStep(sql: Sql, oldestHour: number): Promise<StepOutcome> {
  await sql.query(
    "DELETE FROM url_shortener.click_writers WHERE seen_at < now() - interval '30 days'",
  );
  await sql.query(
    `DELETE FROM url_shortener.click_forgotten
     WHERE purged AND forgotten_at < now() - interval '30 days'`,
  );
  const { rowCount } = await sql.query(
    `DELETE FROM url_shortener.click_cells AS cell
     USING (
       SELECT link_id, start FROM url_shortener.click_cells
       WHERE level = $1
         AND start < least($2, (SELECT closed_day * 24 FROM url_shortener.click_state))
       ORDER BY level, start, link_id LIMIT $3
     ) AS old
     WHERE cell.link_id = old.link_id AND cell.level = $1 AND cell.start = old.start`,
    [levels.hour, oldestHour, rowsPerStep],
  );
  return rowCount < rowsPerStep ? "done" : "more";
}
