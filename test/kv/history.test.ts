/** The checker itself, on histories that are known to be good and bad. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  judge,
  judgeAtom,
  type Action,
  type Final,
  type Operation,
  type Outcome,
} from "./history.ts";

let time = 0;
const did = (action: Action, outcome: Outcome = "ok"): Operation => {
  time += 10;
  return { client: 1, key: "", action, invokedMs: time, endedMs: time + 5, outcome };
};
const set = (value: string, outcome?: Outcome): Operation => did({ kind: "set", value }, outcome);
const remove = (outcome?: Outcome): Operation => did({ kind: "remove" }, outcome);
const increment = (outcome?: Outcome): Operation => did({ kind: "increment" }, outcome);
const add = (member: string, outcome?: Outcome): Operation => did({ kind: "add", member }, outcome);
const take = (member: string, outcome?: Outcome): Operation =>
  did({ kind: "take", member }, outcome);

const good: [about: string, key: string, operations: Operation[], final: Final][] = [
  ["nothing was done", "own:1", [], undefined],
  ["the last write is there", "own:1", [set("a"), set("b")], "b"],
  ["a removal holds", "own:1", [set("a"), remove()], undefined],
  ["an unknown write came into effect", "own:1", [set("a"), set("b", "unknown")], "b"],
  ["an unknown write did not", "own:1", [set("a"), set("b", "unknown")], "a"],
  ["an unknown write came late", "own:1", [set("a", "unknown"), set("b")], "a"],
  ["an unknown removal came", "own:1", [set("a"), remove("unknown")], undefined],
  ["a refused write is not there", "own:1", [set("a"), set("b", "failed")], "a"],
  ["each counts", "count:1", [increment(), increment()], "2"],
  ["an unknown one counts", "count:1", [increment(), increment("unknown")], "2"],
  ["an unknown one does not", "count:1", [increment(), increment("unknown")], "1"],
  ["members are there", "group:1", [add("x"), add("y"), take("y")], ["x"]],
  ["an unknown member may be", "group:1", [add("x", "unknown")], []],
  ["an unknown removal may be", "group:1", [add("x"), take("x", "unknown")], []],
];

for (const [about, key, operations, final] of good) {
  test(`nothing is wrong where ${about}`, () => {
    assert.deepEqual(judge(key, operations, final), { lost: [], risen: [], miscounted: [] });
  });
}

const bad: [about: string, kind: string, key: string, operations: Operation[], final: Final][] = [
  ["a value that is gone", "lost", "own:1", [set("a")], undefined],
  ["a value that an older one replaced", "lost", "own:1", [set("a"), set("b")], "a"],
  ["a value after its removal", "risen", "own:1", [set("a"), remove()], "a"],
  ["a value that nobody wrote", "risen", "own:1", [set("a")], "z"],
  ["a refused value that is there", "risen", "own:1", [set("a"), set("b", "failed")], "b"],
  ["a count too low", "miscounted", "count:1", [increment(), increment()], "1"],
  ["a count too high", "miscounted", "count:1", [increment(), increment("failed")], "2"],
  ["an unknown one counted twice", "miscounted", "count:1", [increment("unknown")], "2"],
  ["a member that is gone", "lost", "group:1", [add("x"), add("y")], ["x"]],
  ["a member after its removal", "risen", "group:1", [add("x"), take("x")], ["x"]],
  ["a member nobody added", "risen", "group:1", [add("x")], ["x", "z"]],
];

for (const [about, kind, key, operations, final] of bad) {
  test(`the checker finds ${about}`, () => {
    const wrong = Object.entries(judge(key, operations, final))
      .filter(([, sentences]) => sentences.length > 0)
      .map(([name]) => name);
    assert.ok(wrong.includes(kind), JSON.stringify(wrong));
  });
}

test("the checker finds a register that goes back, and lets concurrent writes take any order", () => {
  const read = (result: string): Operation => ({ ...did({ kind: "read" }), result });
  assert.deepEqual(judgeAtom("atom:1", [set("a"), read("a"), set("b"), read("b")]), []);
  assert.equal(judgeAtom("atom:1", [set("a"), set("b"), read("b"), read("a")]).length, 1);
  assert.equal(judgeAtom("atom:1", [set("a"), read("z")]).length, 1);
  assert.deepEqual(judgeAtom("atom:1", [set("a", "unknown"), set("b"), read("a")]), []);
  const slow = { ...set("a"), endedMs: time + 100 };
  assert.deepEqual(judgeAtom("atom:1", [slow, set("b"), read("b"), read("a")]), []);
});
