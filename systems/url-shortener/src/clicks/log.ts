/**
 * The log that clicks arrive in. One flush is one statement: it moves the
 * writer's number forward and inserts the batches, or, when the number is
 * there already, does nothing. So a flush whose answer was lost can be sent
 * again, and counts once, whether or not its batches have been folded since.
 *
 *   click_writers   id │ seq              one row per process life
 *   click_batches   shard │ id │ payload  appended here, deleted by the fold
 *
 * A link's clicks always go to the same shard: the fold takes a shard's
 * batches together, so that many clicks of one link become one write.
 */
import { setImmediate } from "node:timers/promises";
import type { Sql } from "@tenfold/sql";
import type { LinkHour } from "./aggregator.ts";
import { Cell, type CountedClick } from "./cell.ts";

/** What one flush writes; the same `seq` is the same flush. */
export interface Flush {
  seq: number;
  shards: number[];
  payloads: string[];
}

const shardCount = 13;
const cellsPerBatch = 100;
const keysMax = 1_000;

/** Snowflake IDs end in many zero bits, but not in the same remainder of 13. */
function shardOf(linkId: string): number {
  return Number(linkId.slice(-12)) % shardCount;
}

type Keys = NonNullable<CountedClick["keys"]>;

/**
 * A batch as one line of JSON. Most cells hold a single click, and few sorts of
 * clicks make up most of them, so the sorts are listed once:
 *
 *   { sorts: [[country, referrer, device, browser], …],
 *     ones:  [[link, hour, sort, bot, visitor or -1], …],
 *     cells: [[link, hour, human, bot, visitors, 4 tallies, sketch in base 64], …] }
 */
function encodeBatch(linkHours: readonly LinkHour[]): string {
  const sorts = new Map<string, { index: number; keys: Keys }>();
  const ones: string[] = [];
  const cells: string[] = [];
  for (const linkHour of linkHours) {
    const { linkId, hour, cell } = linkHour;
    const { only } = cell;
    if (only?.keys === undefined) {
      cells.push(encodeLinkHour(linkHour));
      continue;
    }
    const name = only.keys.join("\n");
    let sort = sorts.get(name);
    if (sort === undefined) sorts.set(name, (sort = { index: sorts.size, keys: only.keys }));
    ones.push(`["${linkId}",${hour},${sort.index},${only.bot ? 1 : 0},${only.visitor ?? -1}]`);
  }
  const listed = JSON.stringify([...sorts.values()].map(({ keys }) => keys));
  return `{"sorts":${listed},"ones":[${ones.join(",")}],"cells":[${cells.join(",")}]}`;
}

/** Tallies are JSON already, everything else needs no escapes. */
function encodeLinkHour({ linkId, hour, cell }: LinkHour): string {
  const { human, bot, visitors, country, referrer, device, browser, sketch } = cell.encode(keysMax);
  const bytes = sketch?.toString("base64") ?? "";
  return `["${linkId}",${hour},${human},${bot},${visitors},${country},${referrer},${device},${browser},"${bytes}"]`;
}

/** Reads a batch back. Only `packFlush` writes them, so their shape is trusted. */
export function unpackBatch(payload: string): LinkHour[] {
  const { sorts, ones, cells } = JSON.parse(payload) as {
    sorts: Keys[];
    ones: [string, number, number, number, number][];
    cells: unknown[][];
  };
  const single = ones.map(([linkId, hour, sort, bot, visitor]) => {
    const cell = new Cell();
    const keys = sorts[sort];
    cell.add({ bot: bot === 1, keys, visitor: visitor < 0 ? undefined : visitor });
    return { linkId, hour, cell };
  });
  return [...single, ...cells.map(decodeLinkHour)];
}

function decodeLinkHour(row: unknown[]): LinkHour {
  const [linkId, hour, human, bot, visitors, country, referrer, device, browser, bytes] = row;
  const sketch = bytes === "" ? null : Buffer.from(String(bytes), "base64");
  const counts = { human: Number(human), bot: Number(bot), visitors: Number(visitors) };
  const cell = Cell.decode({ ...counts, country, referrer, device, browser, sketch });
  return { linkId: String(linkId), hour: Number(hour), cell };
}

/** Batches by shard, none of more than 100 cells; lets others run in between. */
export async function packFlush(seq: number, cells: readonly LinkHour[]): Promise<Flush> {
  const byShard = Map.groupBy(cells, ({ linkId }) => shardOf(linkId));
  const flush: Flush = { seq, shards: [], payloads: [] };
  for (const [shard, group] of byShard) {
    for (let at = 0; at < group.length; at += cellsPerBatch) {
      flush.shards.push(shard);
      flush.payloads.push(encodeBatch(group.slice(at, at + cellsPerBatch)));
      if (cells.length > cellsPerBatch) await setImmediate();
    }
  }
  return flush;
}

const append = `
  WITH turn AS (
    INSERT INTO url_shortener.click_writers AS writer (id, seq, seen_at) VALUES ($1, $2, now())
    ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, seen_at = excluded.seen_at
      WHERE writer.seq < excluded.seq
    RETURNING 1
  )
  INSERT INTO url_shortener.click_batches (shard, payload)
  SELECT batch.shard, batch.payload
  FROM turn, unnest($3::smallint[], string_to_array($4, E'\\n')) AS batch (shard, payload)`;

/** Appends durably. Sending a flush again, after an error, adds nothing twice. */
export async function appendFlush(sql: Sql, writer: string, flush: Flush): Promise<void> {
  // As lines, since JSON has no line breaks: an array would have each of its quotes escaped.
  const payloads = flush.payloads.join("\n");
  await sql.query(append, [writer, flush.seq, flush.shards, payloads], { name: "clicks-append" });
}
