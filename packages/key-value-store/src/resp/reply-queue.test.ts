import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { hashKeys, KeysInUse } from "./keys-in-use.ts";
import { ReplyQueue, type Place } from "./reply-queue.ts";
import { commandTable } from "../commands/table.ts";

function createQueue() {
  return new ReplyQueue({
    settled: (place, reply) => (place.reply = reply),
    failed: (place) => (place.reply = "failed"),
  });
}

test("replies leave in the order of their places, whatever the order of settling", () => {
  // Numbers below 110 start a command; others say which of the running ones settles.
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 200 }), { maxLength: 400 }), (steps) => {
      const queue = createQueue();
      const running: { place: Place; number: number }[] = [];
      const taken: unknown[] = [];
      let next = 0;
      const take = (): void => {
        for (let one = queue.takeFirst(); one !== undefined; one = queue.takeFirst()) {
          taken.push(one);
        }
      };
      for (const step of steps) {
        if (step < 110) running.push({ place: queue.add(), number: next++ });
        else {
          const [one] = running.splice(step % Math.max(1, running.length), 1);
          one?.place.onReply(one.number);
          take();
        }
        assert.equal(queue.length, next - taken.length);
      }
      for (const { place, number } of running) place.onReply(number);
      take();
      assert.deepEqual(taken, [...Array(next).keys()]);
    }),
  );
});

test("readers of a key share it, a writer has it alone, and a released key is free", () => {
  const inUse = new KeysInUse();
  const keys = (...words: string[]): number[] => {
    const found: number[] = [];
    const spec = commandTable.find(words[0] ?? "");
    assert.ok(spec);
    hashKeys(
      spec,
      words.map((word) => Buffer.from(word)),
      found,
    );
    return found;
  };
  const twice = keys("MSET", "a", "1", "a", "2");
  assert.equal(twice.length, 2);
  inUse.take(twice, true);
  assert.equal(inUse.isFree(keys("GET", "a"), false), false);
  assert.equal(inUse.isFree(keys("GET", "b"), false), true);
  inUse.release(twice, true);
  inUse.take(keys("GET", "a"), false);
  assert.equal(inUse.isFree(keys("MGET", "b", "a"), false), true);
  assert.equal(inUse.isFree(keys("SET", "a", "1"), true), false);
  assert.deepEqual(keys("PING"), []);
});
