/**
 * The acceptor of Paxos: one voter of many registers. It promises and accepts, and
 * what it answers is on its disk first, so that a crash takes back no word.
 *
 * An acceptor that lost its disk has lost its word, and must not answer as if it
 * had never given one; whoever wires it up sees to that. One whose record fails
 * its checksum throws, and so is silent, about that register alone.
 */
import { nameOf } from "../buffers.ts";
import { partitionRange } from "../cell-key.ts";
import { keyValueErrors } from "../errors.ts";
import { createKeyedLock } from "../node/keyed-lock.ts";
import type { Reply, Request } from "../node/messages.ts";
import type { Storage } from "../node/ports.ts";
import {
  decodeAcceptorState,
  encodeAcceptorState,
  freshState,
  type AcceptorState,
} from "./acceptor-record.ts";
import { compareBallots, laterBallot } from "./ballot.ts";

/** Kind byte of registers in the sorted store; a register's name follows. */
const KIND = 0x72;

export type AcceptorRequest = Extract<Request, { kind: "prepare" | "accept" | "inspect" }>;

export interface Acceptor {
  /**
   * Votes. Resolves when the vote is on the disk: O(1) reads and at most one fsync.
   * Rejects with `record_corrupt`, and with what the storage rejects with.
   */
  readonly answer: (request: AcceptorRequest) => Promise<Reply>;
  /** Names of the registers of a partition, in order, after the given one: a page of them. */
  readonly list: (partition: number, after: Uint8Array) => Promise<RegisterNames>;
}

export interface RegisterNames {
  readonly names: readonly Uint8Array[];
  /** False when there are more after the last one here. */
  readonly isWhole: boolean;
}

/** Names in one page. */
const NAMES_MAX = 256;

/** One that lost its disk: it gives no word, so it breaks none. */
export const silentAcceptor: Acceptor = Object.freeze({
  answer: () => Promise.reject(keyValueErrors.quorum_unavailable()),
  list: () => Promise.reject(keyValueErrors.quorum_unavailable()),
});

/** How many registers are held in memory. */
const CACHED_MAX = 4_096;
/** The largest value that is held in memory. */
const CACHED_BYTES_MAX = 1_024;

export function createAcceptor(storage: Storage): Acceptor {
  const lock = createKeyedLock();
  const cached = new Map<string, AcceptorState>();

  const remember = (name: string, state: AcceptorState): AcceptorState => {
    // A configuration is large and asked for seldom.
    if ((state.accepted?.value.length ?? 0) > CACHED_BYTES_MAX) return state;
    cached.set(name, state);
    const [oldest] = cached.keys();
    if (cached.size > CACHED_MAX && oldest !== undefined) cached.delete(oldest);
    return state;
  };
  const load = async (register: Uint8Array): Promise<AcceptorState> => {
    const held = cached.get(nameOf(register));
    if (held !== undefined) return held;
    const record = await storage.get(registerKey(register));
    const state = record === undefined ? freshState : decodeAcceptorState(record);
    return remember(nameOf(register), state);
  };
  const store = async (register: Uint8Array, state: AcceptorState): Promise<void> => {
    const name = nameOf(register);
    // Should the write fail, what is on the disk is not known, and is read again.
    cached.delete(name);
    const change = { key: registerKey(register), value: encodeAcceptorState(state) };
    await storage.write([change], { sync: true });
    remember(name, state);
  };
  return {
    answer: (request) =>
      // Also `inspect` waits its turn: what is on its way to the disk is not yet said.
      lock.run(nameOf(request.register), async () => {
        const held = await load(request.register);
        const next = vote(held, request);
        if (next !== undefined && next !== held) await store(request.register, next);
        const { promised, accepted } = next ?? held;
        // Who proposed a value need not be told it.
        const told = request.kind === "accept" ? undefined : accepted;
        return { kind: "vote", isGranted: next !== undefined, promised, accepted: told };
      }),
    async list(partition, after) {
      const range = partitionRange(partition);
      const from = after.length > 0 ? Buffer.concat([after, Buffer.of(0)]) : range.from;
      const edges = { from: registerKey(from), to: registerKey(range.to) };
      const entries = await storage.range({ ...edges, limit: NAMES_MAX });
      const names = entries.map(([key]) => key.slice(1));
      return { names, isWhole: names.length < NAMES_MAX };
    },
  };
}

/** The state after a yes, or `undefined` for a no. */
function vote(held: AcceptorState, request: AcceptorRequest): AcceptorState | undefined {
  if (request.kind === "inspect") return held;
  const { ballot } = request;
  if (compareBallots(ballot, held.promised) < 0) return undefined;
  if (request.kind === "prepare") return { ...held, promised: ballot };
  // A promise for the proposer's next ballot rides along: its next change needs no prepare.
  const promised = laterBallot(ballot, request.next ?? ballot);
  return { promised, accepted: { ballot, value: request.value } };
}

/** The storage key of a register. */
export function registerKey(register: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(KIND), register]);
}
