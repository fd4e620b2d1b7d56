import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createSeededRandom } from "@tenfold/core";
import { applyDeed, linearize, type Operation, type RegisterDeed } from "./linearizability.ts";

type Answer = string | number | boolean | undefined;

/** `[from, to, deed, answer]`; an answer of "?" never came. */
const history = (...list: (readonly [number, number, RegisterDeed, Answer])[]): Operation[] =>
  list.map(([calledMs, atMs, deed, outcome]) =>
    outcome === "?" ? { deed, calledMs } : { deed, calledMs, answered: { atMs, outcome } },
  );
const get: RegisterDeed = { kind: "get" };
const set = (value: string | undefined): RegisterDeed => ({ kind: "set", value });
const swap = (from: string | undefined, to: string): RegisterDeed => ({
  kind: "compare-and-set",
  from,
  to,
});
const increment: RegisterDeed = { kind: "increment", by: 1 };

const good: readonly (readonly [string, Operation[]])[] = [
  ["nothing at all", []],
  ["one after another", history([0, 1, set("a"), undefined], [2, 3, get, "a"])],
  [
    "a read that overlaps a write, of either value",
    history([0, 9, set("a"), undefined], [1, 2, get, undefined], [3, 4, get, "a"]),
  ],
  [
    "a write without answer that comes into effect late",
    history([0, 1, set("a"), "?"], [2, 3, get, undefined], [4, 5, get, "a"]),
  ],
  [
    "a write without answer that never does",
    history([0, 1, set("a"), "?"], [5, 6, get, undefined]),
  ],
  [
    "one of two that compare and set wins",
    history([0, 5, swap(undefined, "a"), false], [0, 5, swap(undefined, "b"), true]),
  ],
  [
    "increments that overlap, in some order",
    history([0, 9, increment, 2], [0, 9, increment, 1], [0, 9, increment, 3], [10, 11, get, "3"]),
  ],
];

const bad: readonly (readonly [string, Operation[]])[] = [
  ["a lost write", history([0, 1, set("a"), undefined], [2, 3, get, undefined])],
  [
    "a stale read",
    history([0, 1, set("a"), undefined], [2, 3, set("b"), undefined], [4, 5, get, "a"]),
  ],
  [
    "two reads that go back in time while a write is under way",
    history([0, 9, set("a"), undefined], [1, 2, get, "a"], [3, 4, get, undefined]),
  ],
  [
    "a write without answer that comes and goes",
    history([0, 1, set("a"), "?"], [2, 3, get, "a"], [4, 5, get, undefined]),
  ],
  [
    "two winners of one compare and set",
    history([0, 5, swap(undefined, "a"), true], [0, 5, swap(undefined, "b"), true]),
  ],
  ["an increment that counted twice", history([0, 1, increment, 1], [2, 3, get, "2"])],
  [
    "an increment that was lost",
    history([0, 9, increment, 1], [0, 9, increment, 1], [10, 11, get, "1"]),
  ],
  ["a value nobody wrote", history([0, 1, get, "a"])],
  [
    "a removal that did not stay",
    history([0, 1, set("a"), undefined], [2, 3, set(undefined), undefined], [4, 5, get, "a"]),
  ],
];

describe("the check for linearizability", () => {
  for (const [name, operations] of good) {
    test(`takes ${name}`, () => assert.ok(linearize(operations).isLinearizable));
  }

  for (const [name, operations] of bad) {
    test(`refuses ${name}`, () => {
      const { isLinearizable, stuckAt } = linearize(operations);
      assert.equal(isLinearizable, false);
      assert.ok(stuckAt.length > 0);
    });
  }

  test("takes whatever a real register did, and refuses it with one answer changed", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const operations = happened(seed, 200);
      assert.ok(linearize(operations).isLinearizable, `seed ${seed}`);
      const at = operations.findLastIndex(({ deed, answered }) => deed.kind === "get" && answered);
      const wrong = operations.map((operation, index) =>
        index === at && operation.answered
          ? { ...operation, answered: { ...operation.answered, outcome: "never written" } }
          : operation,
      );
      assert.equal(linearize(wrong).isLinearizable, false, `seed ${seed}`);
    }
  });
});

/** A history of five clients on a register that does each deed at one moment; some never hear. */
function happened(seed: number, count: number): Operation[] {
  const random = createSeededRandom(seed);
  const clients = Array.from({ length: 5 }, () => 0);
  const plan = Array.from({ length: count }, () => {
    const client = random.below(clients.length);
    const calledMs = (clients[client] ?? 0) + random.float();
    const momentMs = calledMs + random.float() * 3;
    const atMs = momentMs + random.float() * 3;
    clients[client] = atMs;
    const isHeard = random.below(30) > 0;
    return { deed: anyDeed(random.below(5), random.below(4)), calledMs, momentMs, atMs, isHeard };
  });
  let value: string | undefined;
  return plan
    .sort((one, other) => one.momentMs - other.momentMs)
    .map(({ deed, calledMs, atMs, isHeard }) => {
      const applied = applyDeed(deed, value);
      value = applied.value;
      if (!isHeard) return { deed, calledMs };
      return { deed, calledMs, answered: { atMs, outcome: applied.outcome } };
    });
}

function anyDeed(kind: number, value: number): RegisterDeed {
  if (kind === 0) return set(String(value));
  if (kind === 1) return swap(String(value), String(value + 1));
  return kind === 2 ? increment : get;
}
