/**
 * What a register holds: a payload, and which writes it is made of.
 *
 *     1 has payload │ 1 count │ 12 each: ballots, oldest first │ payload
 *
 * A proposer whose first attempt was accepted by few and then outbid cannot see
 * from the payload whether another took that attempt over and built on it; running
 * its change again could count twice. So each value names the ballots of its latest
 * writes, one of each proposer: the proposer's earlier ones have been answered for.
 */
import { keyValueErrors } from "../errors.ts";
import { compareBallots, type Ballot } from "./ballot.ts";

/** Proposers that are remembered; an older one is told that its outcome is not known. */
const WRITES_MAX = 8;
const BALLOT_BYTES = 12;

export interface RegisterValue {
  /** Ballots rise from the first to the last. */
  readonly writes: readonly Ballot[];
  /** `undefined`: absent or removed. */
  readonly payload: Uint8Array | undefined;
}

export const emptyRegister: RegisterValue = Object.freeze({
  writes: Object.freeze([]),
  payload: undefined,
});

/** The value after one more write. */
export function withWrite(
  value: RegisterValue,
  ballot: Ballot,
  payload: Uint8Array | undefined,
): RegisterValue {
  const others = value.writes.filter(({ proposer }) => proposer !== ballot.proposer);
  return { writes: [...others, ballot].slice(-WRITES_MAX), payload };
}

/** Whether a write of that ballot could have been part of the value and be no longer named. */
export function mayHaveForgotten({ writes }: RegisterValue, ballot: Ballot): boolean {
  const [oldest] = writes;
  return writes.length === WRITES_MAX && oldest !== undefined && compareBallots(oldest, ballot) > 0;
}

export function encodeRegisterValue({ writes, payload }: RegisterValue): Uint8Array {
  const head = Buffer.alloc(2 + writes.length * BALLOT_BYTES);
  head.writeUInt8(payload === undefined ? 0 : 1, 0);
  head.writeUInt8(writes.length, 1);
  for (const [index, { counter, proposer }] of writes.entries()) {
    head.writeUIntBE(counter, 2 + index * BALLOT_BYTES, 6);
    head.writeUIntBE(proposer, 8 + index * BALLOT_BYTES, 6);
  }
  return Buffer.concat(payload === undefined ? [head] : [head, payload]);
}

/** Throws `record_corrupt` for bytes that are none. */
export function decodeRegisterValue(value: Uint8Array): RegisterValue {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const start = 2 + (bytes[1] ?? 0) * BALLOT_BYTES;
  if (bytes.length < start) throw keyValueErrors.record_corrupt();
  const writes: Ballot[] = [];
  for (let at = 2; at < start; at += BALLOT_BYTES) {
    writes.push({ counter: bytes.readUIntBE(at, 6), proposer: bytes.readUIntBE(at + 6, 6) });
  }
  return { writes, payload: bytes[0] === 1 ? new Uint8Array(bytes.subarray(start)) : undefined };
}
