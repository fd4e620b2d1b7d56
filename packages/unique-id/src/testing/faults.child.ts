/**
 * One process of the fault run: makes IDs on a clock that it sets at random,
 * and writes them to standard output as they are, 8 bytes each, until it is
 * killed, fenced out, or told to stop.
 */
import { writeSync } from "node:fs";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { createManualClock, createSeededRandom, hasCode } from "@tenfold/core";
import { fileTimeMarks } from "../file.ts";
import { memoryTimeMarks } from "../time-marks.ts";
import { createWorkerIds, fixedLease, type WorkerIds } from "../worker-ids.ts";
import { stepsMs, type ChildPlan } from "./faults.ts";

const plan: ChildPlan = JSON.parse(process.argv[2] ?? "");
const random = createSeededRandom(plan.seed);
const clock = createManualClock(plan.startMs);
const ids = createWorkerIds(
  {
    clock,
    marks: plan.marks === "files" ? fileTimeMarks(plan.folder) : memoryTimeMarks(),
    // It never says that it is over: the marks alone must hold.
    acquire: async () => fixedLease(plan.slot, BigInt(plan.token)),
  },
  { reserveMs: 1_000, waitMsMax: 0 },
);

const told = new AbortController();
process.on("SIGTERM", () => told.abort());

await ids.start();
while (!told.signal.aborted) {
  const batch = new BigUint64Array(1 + random.below(8_192));
  const made = await draw(ids, batch);
  if (!made) break;
  writeAll(new Uint8Array(batch.buffer));
  if (random.below(4) > 0) await clock.advance(random.below(4));
  if (random.below(30) === 0) clock.step(stepsMs[random.below(stepsMs.length)] ?? 0);
}
await ids.stop();

/** Fills `batch`; false when another process has the worker ID. */
async function draw(source: WorkerIds, batch: BigUint64Array<ArrayBuffer>): Promise<boolean> {
  for (;;) {
    try {
      if (batch.length < 64) batch.set(Array.from(batch, () => source.next()));
      else source.fillBigInts(batch);
      return true;
    } catch (error) {
      if (hasCode(error, "lease_lost") || told.signal.aborted) return false;
      // Virtual hours are short; but the mark is written in real time.
      if (hasCode(error, "clock_behind")) await clock.advance(60_000);
      else await setTimeout(1);
    }
  }
}

function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
    }
  }
}
