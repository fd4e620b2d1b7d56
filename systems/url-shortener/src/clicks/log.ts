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
import type { Sql } from "@tenfold/sql";
import { BatchWriter } from "./batch.ts";

/** What one flush writes; the same `seq` is the same flush. */
export interface Flush {
  seq: number;
  shards: number[];
  payloads: string[];
}

const shardCount = 13;
const digitsLooked = 12;

/** Snowflake IDs end in many zero bits, but not in the same remainder of 13. */
function shardOf(linkId: string): number {
  let remainder = 0;
  for (let at = Math.max(0, linkId.length - digitsLooked); at < linkId.length; at += 1) {
    remainder = (10 * remainder + linkId.charCodeAt(at) - 48) % shardCount;
  }
  return remainder;
}

/** The batches of one flush, by shard. */
export class FlushWriter {
  readonly #batches: { shard: number; writer: BatchWriter }[] = [];
  readonly #open: (BatchWriter | undefined)[] = [];

  /** The batch that takes the link's next entry. */
  batchOf(linkId: string): BatchWriter {
    const shard = shardOf(linkId);
    let writer = this.#open[shard];
    if (writer === undefined || writer.full) {
      this.#open[shard] = writer = new BatchWriter();
      this.#batches.push({ shard, writer });
    }
    return writer;
  }

  finish(seq: number): Flush {
    return {
      seq,
      shards: this.#batches.map(({ shard }) => shard),
      payloads: this.#batches.map(({ writer }) => writer.toString()),
    };
  }
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
