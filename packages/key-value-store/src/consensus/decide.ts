/** One decision for good: the first proposal that a majority accepts is everyone's. */
import { hasCode } from "@tenfold/core";
import type { Voters } from "./poll.ts";
import type { Registers } from "./registers.ts";

/** First byte of an instance's register; keys' registers begin as their places do. */
const INSTANCE = 0x63;

export interface Decision {
  /** What is decided: a number of a version, say. */
  readonly instance: number;
  readonly proposal: Uint8Array;
  readonly voters: Voters;
}

/**
 * What was decided for the instance: the proposal, or the one that was before it.
 * `undefined` when no majority answered in time; the proposal may then still win.
 */
export async function decide(
  registers: Registers,
  { instance, proposal, voters }: Decision,
): Promise<Uint8Array | undefined> {
  try {
    const { after } = await registers.change(
      instanceRegister(instance),
      () => voters,
      (decided) => decided ?? proposal,
    );
    return after;
  } catch (error) {
    if (hasCode(error, "quorum_unavailable")) return undefined;
    throw error;
  }
}

/** The register of a decision. */
export function instanceRegister(instance: number): Uint8Array {
  const name = Buffer.alloc(7);
  name.writeUInt8(INSTANCE, 0);
  name.writeUIntBE(instance, 1, 6);
  return name;
}
