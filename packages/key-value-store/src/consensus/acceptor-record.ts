/**
 * What an acceptor remembers of one register, as bytes:
 *
 *     1 format │ promised │ accepted │ value │ CRC-32 of all before
 *     ballot   6 bytes counter + 6 bytes proposer; nothing was accepted at ballot 0
 */
import { crc32 } from "node:zlib";
import { keyValueErrors } from "../errors.ts";
import { isSameBallot, noBallot, type Ballot } from "./ballot.ts";

const FORMAT = 1;
const HEADER_BYTES = 25;

export interface Accepted {
  readonly ballot: Ballot;
  readonly value: Uint8Array;
}

export interface AcceptorState {
  /** Nothing below it is answered with a yes any more. */
  readonly promised: Ballot;
  readonly accepted: Accepted | undefined;
}

export const freshState: AcceptorState = Object.freeze({ promised: noBallot, accepted: undefined });

export function encodeAcceptorState({ promised, accepted }: AcceptorState): Uint8Array {
  const value = accepted?.value ?? new Uint8Array();
  const bytes = Buffer.alloc(HEADER_BYTES + value.length + 4);
  bytes.writeUInt8(FORMAT, 0);
  writeBallot(bytes, promised, 1);
  writeBallot(bytes, accepted?.ballot ?? noBallot, 13);
  bytes.set(value, HEADER_BYTES);
  const end = bytes.length - 4;
  bytes.writeUInt32BE(crc32(bytes.subarray(0, end)), end);
  return bytes;
}

/** Throws `record_corrupt` for anything that `encodeAcceptorState` did not write. */
export function decodeAcceptorState(record: Uint8Array): AcceptorState {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  const end = bytes.length - 4;
  const isWhole = end >= HEADER_BYTES && crc32(bytes.subarray(0, end)) === bytes.readUInt32BE(end);
  if (!isWhole || bytes[0] !== FORMAT) throw keyValueErrors.record_corrupt();
  const ballot = readBallot(bytes, 13);
  return {
    promised: readBallot(bytes, 1),
    accepted: isSameBallot(ballot, noBallot)
      ? undefined
      : { ballot, value: new Uint8Array(bytes.subarray(HEADER_BYTES, end)) },
  };
}

function writeBallot(bytes: Buffer, { counter, proposer }: Ballot, at: number): void {
  bytes.writeUIntBE(counter, at, 6);
  bytes.writeUIntBE(proposer, at + 6, 6);
}

const readBallot = (bytes: Buffer, at: number): Ballot => ({
  counter: bytes.readUIntBE(at, 6),
  proposer: bytes.readUIntBE(at + 6, 6),
});
