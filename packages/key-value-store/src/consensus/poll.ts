/** One question to all voters, until enough have said yes or too many cannot. */
import type { Reply } from "../node/messages.ts";
import type { AcceptorRequest } from "./acceptor.ts";
import { laterBallot, noBallot, type Ballot } from "./ballot.ts";

/**
 * Groups of acceptors, by name: a majority of each is a quorum. Two groups while a
 * partition moves, the old owners and the new.
 */
export type Voters = readonly (readonly string[])[];

export type Vote = Extract<Reply, { kind: "vote" }>;

/** `undefined` when no answer came in time. May be the asker itself. */
export type Ask = (to: string, request: AcceptorRequest) => Promise<Reply | undefined>;

export interface Poll {
  readonly isGranted: boolean;
  /** The votes that said yes until then. */
  readonly votes: readonly Vote[];
  /** The highest promise that anyone told of. */
  readonly promised: Ballot;
}

/** Asks every voter once. Settles as soon as the outcome is certain, or all have answered or not. */
export function poll(ask: Ask, voters: Voters, request: AcceptorRequest): Promise<Poll> {
  const asked = new Set(voters.flat());
  const yes = new Set<string>();
  const no = new Set<string>();
  const votes: Vote[] = [];
  let promised = noBallot;
  const isGranted = (): boolean =>
    voters.length > 0 && voters.every((group) => hasMajority(group, yes));
  const isDenied = (): boolean => !voters.every((group) => hasMajority(group, asked, no));
  return new Promise((resolve) => {
    const settle = (): void => {
      if (isGranted() || isDenied()) resolve({ isGranted: isGranted(), votes, promised });
    };
    const count = (voter: string, reply: Reply | undefined): void => {
      if (reply?.kind === "vote") promised = laterBallot(promised, reply.promised);
      if (reply?.kind === "vote" && reply.isGranted) {
        yes.add(voter);
        votes.push(reply);
      } else {
        no.add(voter);
      }
      settle();
    };
    // Nobody to ask is nobody who said yes: a node that has just started may know no voters.
    if (asked.size === 0) resolve({ isGranted: false, votes, promised });
    for (const voter of asked) {
      ask(voter, request).then(
        (reply) => count(voter, reply),
        // A voter that fails is one that does not answer.
        () => count(voter, undefined),
      );
    }
  });
}

/** Whether more than half of the group is in `voters`, those in `without` left out. */
function hasMajority(
  group: readonly string[],
  voters: ReadonlySet<string>,
  without?: ReadonlySet<string>,
): boolean {
  const counted = group.filter((name) => voters.has(name) && without?.has(name) !== true);
  return 2 * counted.length > group.length;
}
