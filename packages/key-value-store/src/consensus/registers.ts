/**
 * Linearizable registers over the owners of a key: each a value that is changed by
 * a function of what it was, all changes in one order that everyone agrees on.
 *
 * A change ends in one of three ways. It resolves: it took effect, once. It rejects
 * with what the function threw: it did not, and never will. It rejects with
 * `quorum_unavailable`: it may have taken effect, or may yet, at most once; whether
 * to try again is for the caller.
 *
 * A removed register keeps a record of some 100 bytes on each acceptor for good:
 * its ballots must outlive every message that is still under way.
 */
import type { Clock, Random } from "@tenfold/core";
import { nameOf } from "../buffers.ts";
import { keyValueErrors } from "../errors.ts";
import { createKeyedLock } from "../node/keyed-lock.ts";
import { isSameBallot, type Ballot } from "./ballot.ts";
import { poll, type Ask, type Voters } from "./poll.ts";
import { createProposer, type Proposer } from "./proposer.ts";
import {
  decodeRegisterValue,
  emptyRegister,
  encodeRegisterValue,
  mayHaveForgotten,
  withWrite,
  type RegisterValue,
} from "./register-value.ts";

/** `undefined` is a register that is absent or removed. */
export type RegisterPayload = Uint8Array | undefined;

export interface Changed {
  readonly before: RegisterPayload;
  readonly after: RegisterPayload;
}

/** May be called for several values, of which one counts. Must not change what it is given. */
export type ChangeOf = (value: RegisterPayload) => RegisterPayload;

export interface Registers {
  /**
   * Changes a register; resolves to what it was and became. A function that gives
   * back the very value it got only reads. Two round trips and fsyncs, one for the
   * proposer that changed it last.
   */
  readonly change: (register: Uint8Array, voters: () => Voters, fn: ChangeOf) => Promise<Changed>;
  /** The latest value: one round trip without fsync while nobody changes it. */
  readonly read: (register: Uint8Array, voters: () => Voters) => Promise<RegisterPayload>;
}

export interface RegistersDeps {
  /** This start's 48 random bits. */
  readonly boot: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly ask: Ask;
}

export interface RegistersOptions {
  /** No attempt begins after so long; the last may take two requests more. */
  readonly timeoutMs: number;
  /** The mean wait after the first conflict; it doubles, up to 32 times. */
  readonly backoffMs: number;
}

/** Constructing does nothing. `voters` is asked anew before each attempt. */
export function createRegisters(deps: RegistersDeps, options: RegistersOptions): Registers {
  const { clock, ask } = deps;
  const lock = createKeyedLock();
  const proposer = createProposer(deps.boot, ask);
  const change: Registers["change"] = (register, voters, fn) => {
    const deadlineMs = clock.monotonic() + options.timeoutMs;
    // One call at a time, to its end: a value then names this proposer's last write alone.
    return lock.run(nameOf(register), () =>
      changeInTurns({ ...deps, ...options, proposer, register, voters, fn, deadlineMs }),
    );
  };
  return {
    change,
    async read(register, voters) {
      const answer = await poll(ask, voters(), { kind: "inspect", register });
      const [first, ...others] = answer.votes.map(({ accepted }) => accepted);
      const isChosen =
        answer.isGranted &&
        others.every((each) =>
          first === undefined || each === undefined
            ? first === each
            : isSameBallot(first.ballot, each.ballot),
        );
      // A majority that holds the same is a value that was chosen, and no later one was.
      if (isChosen) return decode(first?.value).payload;
      return (await change(register, voters, (value) => value)).after;
    },
  };
}

interface Turns extends RegistersDeps, RegistersOptions {
  readonly proposer: Proposer;
  readonly register: Uint8Array;
  readonly voters: () => Voters;
  readonly fn: ChangeOf;
  readonly deadlineMs: number;
}

async function changeInTurns(turns: Turns): Promise<Changed> {
  const { clock, random, proposer, register, voters, deadlineMs, backoffMs } = turns;
  const step = createStep(turns.fn);
  for (let turn = 0; clock.monotonic() < deadlineMs; turn++) {
    if (await proposer.attempt(register, voters(), step.next)) return step.outcome();
    await clock.sleep(random.float() * 2 * backoffMs * 2 ** Math.min(turn, 5));
  }
  throw keyValueErrors.quorum_unavailable();
}

/** The change of one call, over all its attempts: applied at most once. */
function createStep(fn: ChangeOf): {
  next: (current: Uint8Array | undefined, ballot: Ballot) => Uint8Array;
  outcome: () => Changed;
} {
  /** Attempts that some acceptor may hold, and another proposer may have built on. */
  const inDoubt: { ballot: Ballot; changed: Changed }[] = [];
  let outcome = (): Changed => {
    throw keyValueErrors.quorum_unavailable();
  };
  const apply = (held: RegisterValue, ballot: Ballot): RegisterValue => {
    const own = inDoubt.find((each) =>
      held.writes.some((write) => isSameBallot(write, each.ballot)),
    );
    if (own !== undefined) {
      outcome = () => own.changed;
      return held;
    }
    if (inDoubt.some((each) => mayHaveForgotten(held, each.ballot))) {
      throw keyValueErrors.quorum_unavailable();
    }
    const changed = { before: held.payload, after: fn(held.payload) };
    outcome = () => changed;
    if (changed.after === changed.before) return held;
    inDoubt.push({ ballot, changed });
    return withWrite(held, ballot, changed.after);
  };
  return {
    outcome: () => outcome(),
    next(current, ballot) {
      const held = decode(current);
      try {
        return encodeRegisterValue(apply(held, ballot));
      } catch (error) {
        // Accepted as it was: then no earlier attempt can come into effect any more.
        outcome = () => {
          throw error;
        };
        return encodeRegisterValue(held);
      }
    },
  };
}

function decode(value: Uint8Array | undefined): RegisterValue {
  return value === undefined ? emptyRegister : decodeRegisterValue(value);
}
