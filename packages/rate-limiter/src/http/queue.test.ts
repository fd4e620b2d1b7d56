import assert from "node:assert/strict";
import { test } from "node:test";
import { createManualClock } from "@tenfold/core";
import { memoryLimiter } from "../drivers/memory.ts";
import { createLimit } from "../limit.ts";
import { createGate, type QueueOptions } from "./index.ts";

const onePerSecond = createLimit({
  name: "one",
  algorithm: "token-bucket",
  limit: 1,
  windowMs: 1_000,
});

/** A gate whose callers are named, and who was let in or turned away, in order. */
function scene(queue: Partial<QueueOptions>) {
  const clock = createManualClock();
  const gate = createGate({ limiter: memoryLimiter({ clock }), clock }, { queue });
  const log: string[] = [];
  const come = (name: string, key = "ada", signal = new AbortController().signal) => {
    const admitted = Promise.resolve(gate.admit([{ limit: onePerSecond, key }], () => signal));
    return admitted.then(
      ({ decision }) => log.push(`${name} ${decision.allowed ? "in" : "refused"}`),
      (error: unknown) => log.push(`${name} ${error instanceof Error ? error.message : "?"}`),
    );
  };
  return { clock, gate, log, come };
}

test("a line is served in order, and each waits its own turn", async () => {
  const { clock, gate, log, come } = scene({ waitMsMax: 10_000 });
  const all = ["a", "b", "c", "d"].map((name) => come(name));
  await clock.advance(1_000);
  assert.deepEqual(log, ["a in", "b in"]);
  assert.equal(gate.waiting, 2);
  await clock.advance(2_000);
  await Promise.all(all);
  assert.deepEqual(log, ["a in", "b in", "c in", "d in"]);
  assert.equal(gate.waiting, 0);
});

test("lines of different counters do not wait for each other", async () => {
  const { clock, log, come } = scene({});
  await come("a", "ada");
  const waiting = come("b", "ada");
  await come("c", "grace");
  assert.deepEqual(log, ["a in", "c in"]);
  await clock.advance(1_000);
  await waiting;
});

test("who could not be served in time is refused at once, not after the wait", async () => {
  const { clock, log, come } = scene({ waitMsMax: 1_500 });
  const all = ["a", "b", "c", "d"].map((name) => come(name));
  await clock.advance(1_000);
  await Promise.all(all);
  assert.deepEqual(log, ["a in", "b in", "c refused", "d refused"]);
});

test("a full line turns newcomers away, and they take nothing from those who wait", async () => {
  const { clock, gate, log, come } = scene({ lengthMax: 1, waitMsMax: 10_000 });
  await come("a");
  const waiting = come("b");
  await come("c");
  assert.deepEqual(log, ["a in", "c refused"]);
  assert.equal(gate.waiting, 1);
  await clock.advance(1_000);
  await waiting;
  assert.deepEqual(log, ["a in", "c refused", "b in"]);
});

test("who leaves makes place: at the head, and in the middle", async () => {
  const { clock, log, come } = scene({ waitMsMax: 10_000 });
  const controllers = [1, 2, 3, 4].map(() => new AbortController());
  await come("a");
  const all = ["b", "c", "d", "e"].map((name, at) => come(name, "ada", controllers[at]?.signal));
  controllers[0]?.abort(new Error("left"));
  controllers[2]?.abort(new Error("left"));
  await new Promise(setImmediate); // Lets the next one in the line fall asleep.
  await clock.advance(2_000);
  await Promise.all(all);
  assert.deepEqual(log, ["a in", "b left", "d left", "c in", "e in"]);
});
