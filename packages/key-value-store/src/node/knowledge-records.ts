/**
 * What is known, on the disk.
 *
 *     'k' │ 2 partition   the vector learnt of others and of own earlier actors
 *     'o' │ 2 partition   { actor: the highest dot that this node gave there }
 *
 * An own dot is written in one batch with its 'o', and batches survive a crash in
 * order, without gaps. So what 'o' says is proven by its being there: every dot of
 * that actor up to this one has reached the disk before it or with it. Nothing has
 * to be looked for when the node starts.
 */
import { hasCode } from "@tenfold/core";
import type { Vector } from "../cell.ts";
import { decodeKnowledge } from "../record.ts";
import type { Storage } from "./ports.ts";

const KNOWN = 0x6b;
const OWN = 0x6f;
const PAGE = 1_024;

const keyOf = (kind: number, partition: number): Uint8Array =>
  Buffer.of(kind, partition >>> 8, partition & 0xff);

/** The storage key of what is known of a partition. */
export const knowledgeKey = (partition: number): Uint8Array => keyOf(KNOWN, partition);

/** The storage key of the highest dot that this node gave in a partition. */
export const ownKey = (partition: number): Uint8Array => keyOf(OWN, partition);

export interface KnownRecord {
  readonly partition: number;
  /** `undefined` when the record is damaged: then nothing is known by it. */
  readonly vector: Vector | undefined;
}

/** Every record of both kinds. */
export async function* readKnowledgeRecords(storage: Storage): AsyncGenerator<KnownRecord> {
  for (const kind of [KNOWN, OWN]) {
    let from: Uint8Array = Buffer.of(kind);
    for (;;) {
      const page = await storage.range({ from, to: Buffer.of(kind + 1), limit: PAGE });
      for (const [key, record] of page) {
        const partition = ((key[1] ?? 0) << 8) | (key[2] ?? 0);
        yield { partition, vector: readVector(record) };
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) break;
      from = Buffer.concat([last[0], Buffer.of(0)]);
    }
  }
}

/** `undefined` also for a record that fails its checksum. */
export function readVector(record: Uint8Array | undefined): Vector | undefined {
  try {
    return record === undefined ? undefined : decodeKnowledge(record);
  } catch (error) {
    if (hasCode(error, "record_corrupt")) return undefined;
    throw error;
  }
}
