/**
 * Ballots: the rounds of Paxos, numbered so that no two proposers have the same.
 */

export interface Ballot {
  readonly counter: number;
  /** 48 bits, drawn anew at each start of a node: a proposer that forgot its ballots is another one. */
  readonly proposer: number;
}

/** Below every ballot that is ever proposed. */
export const noBallot: Ballot = Object.freeze({ counter: 0, proposer: 0 });

/** Total order: the counter first, then the proposer. */
export function compareBallots(one: Ballot, other: Ballot): number {
  return one.counter - other.counter || one.proposer - other.proposer;
}

export function isSameBallot(one: Ballot, other: Ballot): boolean {
  return compareBallots(one, other) === 0;
}

export function laterBallot(one: Ballot, other: Ballot): Ballot {
  return compareBallots(one, other) < 0 ? other : one;
}
