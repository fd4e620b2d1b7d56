/** What a node does by consensus: registers of keys, decisions of the cluster, and moves of registers. */
import { partitionOfCellKey } from "../cell-key.ts";
import type { Acceptor } from "../consensus/acceptor.ts";
import { decide, type Decision } from "../consensus/decide.ts";
import type { Voters } from "../consensus/poll.ts";
import { createRegisters, type ChangeOf, type Changed } from "../consensus/registers.ts";
import { createSettle } from "../consensus/settle.ts";
import type { Peers } from "./peers.ts";
import type { NodePorts } from "./ports.ts";

export interface Linearizable {
  /** One value per place, apart from the cells. See `consensus/registers.ts`. */
  readonly registers: {
    readonly change: (place: Uint8Array, fn: ChangeOf) => Promise<Changed>;
    readonly read: (place: Uint8Array) => Promise<Uint8Array | undefined>;
  };
  readonly decide: (decision: Decision) => Promise<Uint8Array | undefined>;
  /** Brings the registers of a partition that moves to its new owners. */
  readonly settle: (partition: number) => Promise<boolean>;
}

export interface LinearizableDeps extends Pick<NodePorts, "clock" | "random"> {
  readonly boot: number;
  readonly self: string;
  readonly requestTimeoutMs: number;
  readonly peers: Pick<Peers, "request">;
  /** This node's own, asked like any other voter. */
  readonly acceptor: Acceptor;
  readonly quorums: (partition: number) => Voters;
}

/** The longest wait after a conflict is some half of a request's time. */
export function createLinearizable(deps: LinearizableDeps): Linearizable {
  const { self, boot, clock, random, peers, acceptor, quorums, requestTimeoutMs } = deps;
  const registers = createRegisters(
    {
      boot,
      clock,
      random,
      ask: (to, request) =>
        to === self ? acceptor.answer(request) : peers.request(to, request, requestTimeoutMs),
    },
    // As long as a write may take, and about one round trip for the first wait.
    { timeoutMs: 4 * requestTimeoutMs, backoffMs: requestTimeoutMs / 50 },
  );
  const votersOf = (place: Uint8Array) => (): Voters => quorums(partitionOfCellKey(place));
  return {
    registers: {
      change: (place, fn) => registers.change(place, votersOf(place), fn),
      read: (place) => registers.read(place, votersOf(place)),
    },
    decide: (decision) => decide(registers, decision),
    settle: createSettle({
      registers,
      voters: quorums,
      ask: async (to, request) => {
        if (to !== self) return peers.request(to, request, requestTimeoutMs);
        return { kind: "registers", ...(await acceptor.list(request.partition, request.after)) };
      },
    }),
  };
}
