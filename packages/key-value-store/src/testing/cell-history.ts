/**
 * Random histories of one cell on several replicas, beside a model that knows
 * every event by name: a version is live unless an event that is known replaced it.
 */
import * as fc from "fast-check";
import { emptyCell, join, replaceVersion, update, type Cell } from "../cell.ts";
import { ownCount, type Payload } from "../payload.ts";

const REPLICAS = 3;

const replica = fc.nat(REPLICAS - 1);

const payload = fc.oneof(
  fc.uint8Array({ maxLength: 6 }).map((bytes): Payload => ({ kind: "value", bytes })),
  fc
    .record({ bytes: fc.uint8Array({ maxLength: 3 }), expiresMs: fc.nat(2 ** 40) })
    .map((value): Payload => ({ kind: "value", ...value })),
  fc.double({ noNaN: true }).map((score): Payload => ({ kind: "score", score })),
  fc.constant<Payload>({ kind: "removed" }),
);

const step = fc.oneof(
  fc.record({ do: fc.constant("write" as const), at: replica, payload, context: fc.nat(20) }),
  fc.record({ do: fc.constant("merge" as const), at: replica, from: replica }),
  fc.record({ do: fc.constant("add" as const), at: replica, by: fc.bigInt({ min: -9n, max: 9n }) }),
  // A replica that lost what it had and comes back as somebody new.
  fc.record({ do: fc.constant("lose" as const), at: replica }),
);

/** Steps for `playHistory`. */
export const cellHistory = fc.array(step, { maxLength: 30 });

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** One state that was ever held, with the events known in it. */
export interface Snapshot {
  readonly cell: Cell;
  readonly known: ReadonlySet<string>;
}

export interface History {
  /** Every state of every replica, in order. */
  readonly snapshots: readonly Snapshot[];
  /** Dots, as `actor:counter`, that must be live when `known` is known. */
  readonly live: (known: ReadonlySet<string>) => string[];
  /** The increments that are known: by which event, and by how much. */
  readonly increments: ReadonlyMap<string, bigint>;
}

export const dotName = ({ actor, counter }: { actor: number; counter: number }): string =>
  `${actor}:${counter}`;

/** Plays the steps. What an event replaces is noted when it happens. */
export function playHistory(steps: readonly Step[]): History {
  const start: Snapshot = { cell: emptyCell, known: new Set() };
  const states = Array.from({ length: REPLICAS }, () => start);
  const actors = Array.from({ length: REPLICAS }, (_, index) => index + 1);
  const snapshots: Snapshot[] = [start];
  const replaced = new Map<string, ReadonlySet<string>>();
  const increments = new Map<string, bigint>();
  let counter = 0;
  for (const each of steps) {
    const state = states[each.at] ?? start;
    const actor = actors[each.at] ?? 0;
    counter += 1;
    const name = dotName({ actor, counter });
    let next = state;
    if (each.do === "lose") {
      actors[each.at] = actor + 10;
      next = start;
    } else if (each.do === "merge") {
      const other = states[each.from] ?? start;
      next = {
        cell: join(state.cell, other.cell),
        known: new Set([...state.known, ...other.known]),
      };
    } else if (each.do === "add") {
      const old = ownCount(state.cell, actor);
      const sum = (old?.payload.sum ?? 0n) + each.by;
      const version = { actor, counter, payload: { kind: "count" as const, sum } };
      replaced.set(name, new Set(old === undefined ? [] : [dotName(old)]));
      increments.set(name, each.by);
      next = {
        cell: replaceVersion(state.cell, version, old),
        known: new Set([...state.known, name]),
      };
    } else {
      // A client may have read any state, of any replica, at any time, or none.
      const seen = snapshots[each.context % (snapshots.length + 1)] ?? start;
      replaced.set(name, seen.known);
      next = {
        cell: update(state.cell, { actor, counter, payload: each.payload }, seen.cell.clock),
        known: new Set([...state.known, ...seen.known, name]),
      };
    }
    states[each.at] = next;
    snapshots.push(next);
  }
  const live = (known: ReadonlySet<string>): string[] => {
    const gone = new Set([...known].flatMap((name) => [...(replaced.get(name) ?? [])]));
    return [...known].filter((name) => !gone.has(name)).sort();
  };
  return { snapshots, live, increments };
}
