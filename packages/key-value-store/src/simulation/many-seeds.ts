/**
 * Runs many seeds, for a person or a night:
 *
 *     node packages/key-value-store/src/simulation/many-seeds.ts --from 1 --count 10000
 *
 * Prints each seed that broke a promise with what was wrong, how far it is after
 * every 500, and exits with 1 when there was any. With `--mixed-copies` some keys have
 * two copies instead of three. `--mutation name` takes one rule
 * of the store out (see `mutations.ts`) and stops at the first seed that notices.
 */
import { parseArgs } from "node:util";
import { systemClock } from "@tenfold/core";
import { loadMutated } from "./mutations.ts";

const { values } = parseArgs({
  options: {
    from: { type: "string", default: "1" },
    count: { type: "string", default: "1000" },
    mutation: { type: "string" },
    "mixed-copies": { type: "boolean", default: false },
  },
});

const [from, count] = [Number(values.from), Number(values.count)];
const { runSeed } = await loadMutated(values.mutation);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const startMs = systemClock.monotonic();
let broken = 0;
let acknowledged = 0;
for (let seed = from; seed < from + count; seed++) {
  const verdict = await runSeed(seed, { hasMixedCopies: values["mixed-copies"] });
  acknowledged += verdict.acknowledged;
  if (verdict.wrong.length > 0) {
    broken += 1;
    for (const sentence of verdict.wrong) say(`seed ${seed}: ${sentence}`);
    if (values.mutation !== undefined) break;
  }
  const done = seed - from + 1;
  if (done % 500 !== 0 && done !== count) continue;
  const seconds = ((systemClock.monotonic() - startMs) / 1_000).toFixed(0);
  say(`${done} seeds in ${seconds} s, ${broken} broken, ${acknowledged} calls acknowledged`);
}
if (broken > 0) process.exitCode = 1;
