/** Limits in memory beside the npm peers: decisions per second, bytes per key, and what leasing brings. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createLimit, leasedLimiter, memoryLimiter, type Limiter } from "@tenfold/rate-limiter";
import { edges } from "./support/limit-edge.ts";

const peers = ["rate-limiter-flexible", "express-rate-limit"];
const ours = ["token bucket", "fixed window", "sliding counter", "sliding log"];
const rounds = 11;

type Task = "speed" | "again" | "bytes" | "used";
const script = fileURLToPath(new URL("support/limit-contender.ts", import.meta.url));

function measure(contender: string, task: Task): number {
  const words = ["--expose-gc", "--max-old-space-size=4096", script, contender, task];
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  const value = Number(stdout);
  if (stdout === "" || Number.isNaN(value)) throw new Error(`${contender}: ${stderr}`);
  return value;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** By contender, what each round measured. */
type Measured = ReadonlyMap<string, readonly number[]>;

/** Rounds of all contenders in turn, each in a process of its own. */
function compare(task: Task, times: number): Measured {
  const names = [...ours, ...peers];
  const measured = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round < times; round++) {
    for (const name of names) measured.get(name)?.push(measure(name, task));
  }
  return measured;
}

/** Medians, and medians of the ratios round by round: what slows a round slows both. */
function print(measured: Measured, show: (ratio: number) => string): void {
  for (const name of [...ours, ...peers]) {
    const values = measured.get(name) ?? [];
    const value = median(values);
    const cells = peers.map((peer) => {
      const others = measured.get(peer) ?? [];
      return show(median(values.map((each, round) => each / (others[round] ?? Number.NaN))));
    });
    console.log(
      `  ${name.padEnd(24)}${value.toFixed(value < 1_000 ? 1 : 0).padStart(10)}` +
        cells.map((cell) => cell.padStart(10)).join(""),
    );
  }
}

const times = (ratio: number): string => `${ratio.toFixed(2)} ×`;
const part = (ratio: number): string => ratio.toFixed(3);

console.log(
  `decisions/s in memory, 100,000 keys, each call with its own text of one; medians of ${rounds}; then × each peer (goal 5, 2):`,
);
print(compare("speed", rounds), times);
console.log("the same, where the very same text objects are asked again in random order:");
print(compare("again", rounds), times);
console.log("bytes per key at 1,000,000 keys; then as a part of each peer (goal ≤ 0.33):");
print(compare("bytes", 1), part);
console.log("the same at 200,000 keys that have all asked ten times within the window:");
print(compare("used", 1), part);

console.log("granted within 150 ms around a window's edge, of a limit of 100 a second:");
for (const [name, granted] of await edges()) {
  console.log(`  ${name.padEnd(24)}${String(granted).padStart(10)}`);
}

/** Leasing on a store that answers by promise, as Redis does; 1,000 keys that all ask much. */
async function leased(): Promise<number> {
  const inner = memoryLimiter();
  const limiter: Limiter = {
    consume: async (...args) => inner.consume(...args),
    consumeUpTo: async (...args) => inner.consumeUpTo(...args),
    consumeAll: async (...args) => inner.consumeAll(...args),
    reserve: async (...args) => inner.reserve(...args),
    peek: async (...args) => inner.peek(...args),
    penalize: async (...args) => inner.penalize(...args),
    reset: async (...args) => inner.reset(...args),
  };
  const lease = leasedLimiter({ limiter });
  const limit = createLimit({ name: "l", algorithm: "token-bucket", limit: 1e8, windowMs: 1_000 });
  const keys = Array.from({ length: 1_000 }, (_, index) => `user:${String(index)}`);
  const perSecond: number[] = [];
  for (let round = 0; round < 6; round++) {
    const start = performance.now();
    for (let call = 0; call < 1_000_000; call++) {
      const decision = lease.consume(limit, keys[call % 1_000] ?? "");
      if (decision instanceof Promise) await decision;
    }
    perSecond.push(1e9 / (performance.now() - start));
  }
  return median(perSecond.slice(1));
}
console.log(`leased quota: ${Math.round(await leased())} decisions/s (goal 1,000,000)`);
