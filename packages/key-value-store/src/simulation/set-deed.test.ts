import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeMembers, type SetWrite } from "./set-deed.ts";

const add = (member: string, calledMs: number): SetWrite => ({
  kind: "add",
  member,
  calledMs,
  acknowledgedMs: calledMs + 10,
  isFirm: true,
});
const remove = (member: string | undefined, calledMs: number): SetWrite => ({
  ...add("", calledMs),
  kind: "remove",
  member,
});
const all = (): boolean => true;

test("the checker of sets misses an addition that no removal can have seen", () => {
  assert.deepEqual(judgeMembers([add("m", 20)], [], all), ["m: acknowledged, and lost"]);
  assert.deepEqual(judgeMembers([remove(undefined, 0), add("m", 20)], [], all), [
    "m: acknowledged, and lost",
  ]);
  assert.deepEqual(judgeMembers([remove("n", 30), add("m", 20)], [], all), [
    "m: acknowledged, and lost",
  ]);
  assert.deepEqual(judgeMembers([add("m", 20), remove("m", 25)], [], all), []);
});

test("the checker of sets sees what is there again after a removal that must have seen it", () => {
  const wrong = ["m: there again after a removal"];
  assert.deepEqual(judgeMembers([add("m", 0), remove("m", 20)], ["m"], all), wrong);
  assert.deepEqual(judgeMembers([add("m", 0), remove(undefined, 20)], ["m"], all), wrong);
  assert.deepEqual(judgeMembers([add("m", 0), remove("m", 5)], ["m"], all), []);
  assert.deepEqual(judgeMembers([add("m", 0), remove("m", 20), add("m", 15)], ["m"], all), []);
  assert.deepEqual(judgeMembers([], ["m"], all), ["m: never added"]);
});
