/**
 * A partition's summary on the disk, from one clean stop to the next start.
 *
 *     't' │ 2 partition  ──▶  6 run │ sums of the tree │ counts by leaf │ vector, sealed
 *
 * `run` names the unbroken row of clean stops that it belongs to. After a crash
 * there is another row, and what an older one left is not looked at.
 */
import { crc32 } from "node:zlib";
import { encodeKnowledge } from "../record.ts";
import { readVector } from "./knowledge-records.ts";
import { emptySummary, hear, type Summary } from "./summary.ts";

const KIND = 0x74;
const RUN_BYTES = 6;

/** The storage key of a partition's summary. */
export const summaryKey = (partition: number): Uint8Array =>
  Buffer.of(KIND, partition >>> 8, partition & 0xff);

export function encodeSummary(run: number, { tree, forgettable, told }: Summary): Uint8Array {
  const vector = encodeKnowledge(told);
  const { sums } = tree;
  const bytes = Buffer.alloc(RUN_BYTES + 4 * (sums.length + forgettable.length));
  let at = bytes.writeUIntBE(run, 0, RUN_BYTES);
  for (const numbers of [sums, forgettable]) {
    for (const number of numbers) at = bytes.writeUInt32BE(number, at);
  }
  const sealed = Buffer.concat([bytes, vector]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(sealed));
  return Buffer.concat([sealed, checksum]);
}

/** `undefined` for one that is damaged, or of another run. */
export function decodeSummary(run: number, record: Uint8Array): Summary | undefined {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  const summary = emptySummary();
  const { sums } = summary.tree;
  const vectorAt = RUN_BYTES + 4 * (sums.length + summary.forgettable.length);
  const end = bytes.length - 4;
  if (end < vectorAt || crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end)) return undefined;
  const told = readVector(bytes.subarray(vectorAt, end));
  if (told === undefined || bytes.readUIntBE(0, RUN_BYTES) !== run) return undefined;
  let at = RUN_BYTES;
  for (const numbers of [sums, summary.forgettable]) {
    for (let index = 0; index < numbers.length; index++, at += 4) {
      numbers[index] = bytes.readUInt32BE(at);
    }
  }
  summary.buried = summary.forgettable.reduce((sum, count) => sum + count, 0);
  hear(summary, told);
  return summary;
}
