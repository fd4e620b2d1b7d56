/**
 * One limiter in memory, alone in a process: `speed` and `again` print
 * decisions per second over 100,000 keys, `bytes` the bytes per key at a million, `used`
 * those at 200,000 keys that were granted ten times each.
 */
import { MemoryStore } from "express-rate-limit";
import { createLimit, memoryLimiter } from "@tenfold/rate-limiter";
import { RateLimiterMemory } from "rate-limiter-flexible";

const windowMs = 600_000;
const [, , contender = "", task = ""] = process.argv;

/** Decides about each key in turn; peers answer by promise, and are awaited as they would be. */
type Run = (keys: readonly string[]) => void | Promise<void>;

function ours(algorithm: "token-bucket" | "fixed-window" | "sliding-counter" | "sliding-log"): Run {
  const limiter = memoryLimiter();
  const limit = createLimit({ name: "bench", algorithm, limit: 1_000, windowMs });
  return (keys) => {
    for (const key of keys) limiter.consume(limit, key);
  };
}

function flexible(): Run {
  const limiter = new RateLimiterMemory({ points: 1_000, duration: windowMs / 1_000 });
  return async (keys) => {
    for (const key of keys) await limiter.consume(key).catch(() => undefined);
  };
}

function express(): Run {
  const store = new MemoryStore();
  store.init({ windowMs } as Parameters<MemoryStore["init"]>[0]);
  return async (keys) => {
    for (const key of keys) await store.increment(key);
  };
}

const contenders: Readonly<Record<string, () => Run>> = {
  "token bucket": () => ours("token-bucket"),
  "fixed window": () => ours("fixed-window"),
  "sliding counter": () => ours("sliding-counter"),
  "sliding log": () => ours("sliding-log"),
  "rate-limiter-flexible": flexible,
  "express-rate-limit": express,
};

/**
 * What is random is the counter. With `own` texts each call brings the key as a request does:
 * a text just made, that lies beside the one before. Otherwise the 100,000 texts themselves are
 * asked again and again, in random order: then fetching the text from memory is measured too.
 */
async function speed(run: Run, own: boolean): Promise<number> {
  const nameOf = (index: number): string => `user:${String(index)}`;
  const names = Array.from({ length: 100_000 }, (_, index) => nameOf(index));
  const keys = Array.from({ length: 200_000 }, () => {
    const index = Math.floor(Math.random() * names.length);
    return own ? nameOf(index) : (names[index] ?? "");
  });
  const perSecond: number[] = [];
  for (let round = 0; round < 8; round++) {
    const start = performance.now();
    await run(keys);
    perSecond.push((keys.length / (performance.now() - start)) * 1_000);
  }
  // The first rounds are the compiler's.
  const settled = perSecond.slice(3).toSorted((a, b) => a - b);
  return settled[Math.floor(settled.length / 2)] ?? 0;
}

async function bytesPerKey(run: Run, keys: number, grants: number): Promise<number> {
  const held = (): number => {
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const chunk = 10_000;
  const before = held();
  for (let at = 0; at < keys * grants; at += chunk) {
    await run(Array.from({ length: chunk }, (_, index) => `user:${String((at + index) % keys)}`));
  }
  return (held() - before) / keys;
}

const create = contenders[contender];
if (create === undefined) throw new Error(`there is no contender "${contender}"`);
const run = create();
const tasks: Readonly<Record<string, () => Promise<number>>> = {
  speed: () => speed(run, true),
  again: () => speed(run, false),
  bytes: () => bytesPerKey(run, 1_000_000, 1),
  used: () => bytesPerKey(run, 200_000, 10),
};
console.log(await tasks[task]?.());
process.exit();
