/**
 * One round of Paxos over a register whose value changes (CASPaxos, Rystsov 2018).
 *
 *     prepare(b)  ──▶ all voters    a majority promises; the latest value accepted is the current
 *     accept(b, f(current), b+1) ─▶ a majority accepts: chosen; and has promised b+1
 *
 * The promise of b+1 comes with the acceptance, so the next change by the same
 * proposer over the same voters skips the first trip, as long as nobody came between.
 */
import { nameOf } from "../buffers.ts";
import type { Accepted } from "./acceptor-record.ts";
import { compareBallots, type Ballot } from "./ballot.ts";
import { poll, type Ask, type Vote, type Voters } from "./poll.ts";

export interface Proposer {
  /**
   * One attempt. `change` gets the current value and the ballot of the attempt, and
   * gives the value to be accepted. False when another proposer was ahead or too
   * few answered: the value may then have been accepted by some all the same.
   */
  readonly attempt: (
    register: Uint8Array,
    voters: Voters,
    change: (current: Uint8Array | undefined, ballot: Ballot) => Uint8Array,
  ) => Promise<boolean>;
}

/** A majority's promise from the last acceptance, and what it accepted. */
interface Standing {
  readonly voters: Voters;
  readonly ballot: Ballot;
  readonly value: Uint8Array;
}

/** Registers whose next ballot is remembered; a forgotten one costs a prepare. */
const STANDING_MAX = 4_096;

/** `boot` is this start's, of 48 bits: no two proposers may have the same. */
export function createProposer(boot: number, ask: Ask): Proposer {
  const standing = new Map<string, Standing>();
  let counter = 0;
  const nextBallot = (): Ballot => {
    counter += 1;
    return { counter, proposer: boot };
  };
  const heard = (promised: Ballot): void => {
    counter = Math.max(counter, promised.counter);
  };
  const remember = (name: string, promise: Standing): void => {
    standing.set(name, promise);
    const [oldest] = standing.keys();
    if (standing.size > STANDING_MAX && oldest !== undefined) standing.delete(oldest);
  };
  /** A ballot that a majority promised, and the current value. */
  const prepare = async (
    register: Uint8Array,
    voters: Voters,
  ): Promise<{ ballot: Ballot; value: Uint8Array | undefined } | undefined> => {
    const ballot = nextBallot();
    const answer = await poll(ask, voters, { kind: "prepare", register, ballot });
    heard(answer.promised);
    if (!answer.isGranted) return undefined;
    return { ballot, value: latestAccepted(answer.votes)?.value };
  };

  return {
    async attempt(register, voters, change) {
      const name = nameOf(register);
      const known = standing.get(name);
      // Used up, whatever comes of it: a ballot is for one value.
      standing.delete(name);
      const isOfThese = known !== undefined && isSameVoters(known.voters, voters);
      const round = isOfThese ? known : await prepare(register, voters);
      if (round === undefined) return false;
      const { ballot } = round;
      const value = change(round.value, ballot);
      const next = nextBallot();
      const answer = await poll(ask, voters, { kind: "accept", register, ballot, value, next });
      if (answer.isGranted) remember(name, { voters, ballot: next, value });
      else heard(answer.promised);
      return answer.isGranted;
    },
  };
}

/** What was accepted at the highest ballot; a value that was chosen is that or before it. */
export function latestAccepted(votes: readonly Vote[]): Accepted | undefined {
  return votes
    .map(({ accepted }) => accepted)
    .reduce((latest, each) => {
      if (latest === undefined || each === undefined) return latest ?? each;
      return compareBallots(latest.ballot, each.ballot) < 0 ? each : latest;
    }, undefined);
}

function isSameVoters(one: Voters, other: Voters): boolean {
  const text = (voters: Voters): string => JSON.stringify(voters);
  return one === other || text(one) === text(other);
}
