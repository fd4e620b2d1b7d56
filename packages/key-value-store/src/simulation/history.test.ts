import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  judgeCount,
  judgeCountRead,
  judgeLatest,
  judgeLatestRead,
  judgeSiblingRead,
  judgeSiblings,
  type LatestWrite,
  type SiblingWrite,
} from "./history.ts";

const dot = { actor: 1, counter: 1 };
const due = (...names: string[]): Set<string> => new Set(names);

/** Writes by name, each with what it replaces: all acknowledged but those that end in "?". */
function writesOf(...list: (readonly [string, ...string[]])[]): Map<string, SiblingWrite> {
  return new Map(
    list.map(([name, ...replaces]) => [
      name,
      {
        name,
        isRemoval: name.startsWith("-"),
        replaces: new Set(replaces),
        ...(name.endsWith("?") ? {} : { dot }),
      },
    ]),
  );
}

describe("the checker of siblings sees", () => {
  test("nothing wrong in what is right", () => {
    const writes = writesOf(["a"], ["b", "a"], ["c", "a"], ["d?", "b"]);
    assert.deepEqual(judgeSiblings(writes, ["b", "c"]), []);
    assert.deepEqual(judgeSiblings(writes, ["d?", "c"]), []);
    assert.deepEqual(judgeSiblings(writesOf(["a"], ["-r", "a"]), []), []);
  });

  test("an acknowledged write that is lost", () => {
    assert.match(judgeSiblings(writesOf(["a"]), [])[0] ?? "", /a: acknowledged, and lost/);
  });

  test("a removed value that is there again, beside or instead of others", () => {
    const found = judgeSiblings(writesOf(["a"], ["-r", "a"]), ["a"]);
    assert.match(found[0] ?? "", /a: there again after removal -r/);
  });

  test("a value beside the one that replaced it, one that comes twice, one nobody wrote", () => {
    const writes = writesOf(["a"], ["b?", "a"]);
    assert.match(judgeSiblings(writes, ["a", "b?"])[0] ?? "", /a: beside b/);
    assert.match(judgeSiblings(writes, ["a", "a"])[0] ?? "", /a: twice/);
    assert.match(judgeSiblings(writes, ["a", "z"])[0] ?? "", /z: never written/);
  });

  test("on the way, a read that misses what was due, and no other", () => {
    const writes = writesOf(["a"], ["b", "a"], ["c", "a"]);
    assert.deepEqual(judgeSiblingRead(writes, ["b"], due("a", "b")), []);
    assert.deepEqual(judgeSiblingRead(writes, ["a"], due("a")), []);
    assert.match(judgeSiblingRead(writes, ["c"], due("b"))[0] ?? "", /b: acknowledged, and lost/);
    assert.match(judgeSiblingRead(writes, ["a"], due("b")).join(), /a: there again after write b/);
  });
});

describe("the checker of the last write", () => {
  const write = (name: string, counter: number, isUnknown = false): LatestWrite => ({
    name,
    isRemoval: name.startsWith("-"),
    ...(isUnknown ? {} : { dot, order: [counter, 1] as const }),
  });

  test("takes the last acknowledged and any of unknown outcome, and nothing else", () => {
    const writes = [write("b", 2), write("a", 1), write("c", 0, true)];
    assert.deepEqual(judgeLatest(writes, "b"), []);
    assert.deepEqual(judgeLatest(writes, "c"), []);
    assert.equal(judgeLatest(writes, "a").length, 1);
    assert.equal(judgeLatest(writes, undefined).length, 1);
  });

  test("takes nothing after a removal, and sees what came back", () => {
    const writes = [write("a", 1), write("-r", 2)];
    assert.deepEqual(judgeLatest(writes, undefined), []);
    assert.equal(judgeLatest(writes, "a").length, 1);
  });

  test("on the way takes no value older than what was due, and any newer one", () => {
    const writes = [write("a", 1), write("b", 2), write("c", 3)];
    assert.equal(judgeLatestRead(writes, "a", due("a", "b")).length, 1);
    assert.equal(judgeLatestRead(writes, undefined, due("b")).length, 1);
    for (const name of ["b", "c"]) assert.deepEqual(judgeLatestRead(writes, name, due("b")), []);
    assert.deepEqual(judgeLatestRead(writes, undefined, due()), []);
  });
});

test("the checker of counts sees one too few and one too many", () => {
  const writes = [{ name: "a", dot }, { name: "b", dot }, { name: "c?" }];
  const counts = [1n, 2n, 3n, 4n];
  const wrong = (names: Set<string>): number[] =>
    counts.map((count) => judgeCountRead(writes, count, names).length);
  assert.deepEqual(
    counts.map((count) => judgeCount(writes, count).length),
    [1, 0, 0, 1],
  );
  assert.deepEqual(wrong(due("a", "b")), [1, 0, 0, 1]);
  assert.deepEqual(wrong(due()), [0, 0, 0, 1]);
});
