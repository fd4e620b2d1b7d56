/** Limits on Redis beside rate-limiter-flexible, and what happens when Redis is frozen or killed. */
import {
  createLimit,
  guardedLimiter,
  redisLimiter,
  type Limit,
  type Limiter,
} from "@tenfold/rate-limiter";
import { Redis } from "ioredis";
import { RateLimiterRedis, RateLimiterUnion } from "rate-limiter-flexible";
import { startRedis } from "../packages/rate-limiter/src/testing.ts";

const rounds = 15;
const calls = 10_000;
const callers = 64;
await using server = await startRedis();
const client = new Redis(server.port);
const windowMs = 600_000;
const limitOf = (
  name: string,
  algorithm: "token-bucket" | "fixed-window" = "token-bucket",
): Limit => createLimit({ name, algorithm, limit: 1_000_000, windowMs });

const keys = Array.from({ length: 10_000 }, (_, index) => `user:${String(index)}`);
const limiter = redisLimiter({ client });
const single = limitOf("single");
const window = limitOf("window", "fixed-window");
const three = ["second", "minute", "hour"].map((name) => limitOf(name));
const peer = (keyPrefix: string): RateLimiterRedis =>
  new RateLimiterRedis({ storeClient: client, keyPrefix, points: 1_000_000, duration: 600 });
const flexible = peer("single");
const union = new RateLimiterUnion(peer("second"), peer("minute"), peer("hour"));

const contenders: Readonly<Record<string, (key: string) => Promise<unknown>>> = {
  "1 limit, token bucket": (key) => limiter.consume(single, key),
  "1 limit, fixed window": (key) => limiter.consume(window, key),
  "1 limit, RateLimiterRedis": (key) => flexible.consume(key),
  "3 limits, all or nothing": (key) => limiter.consumeAll(three.map((limit) => ({ limit, key }))),
  "3 limits, RateLimiterUnion": (key) => union.consume(key),
};

/** Calls per second from callers that each wait for their answer. */
async function speed(call: (key: string) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < calls) await call(keys[next++ % keys.length] ?? "");
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return (calls / (performance.now() - start)) * 1_000;
}

const measured = new Map(Object.keys(contenders).map((name) => [name, [] as number[]]));
for (let round = 0; round <= rounds; round++) {
  for (const [name, call] of Object.entries(contenders)) {
    const perSecond = await speed(call);
    if (round > 0) measured.get(name)?.push(perSecond); // The first round is the compiler's.
  }
}
const at = (name: string): number =>
  measured.get(name)?.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
console.log(`calls/s on Redis, ${callers} callers, medians of ${rounds}:`);
for (const name of measured.keys()) console.log(`  ${name.padEnd(28)}${Math.round(at(name))}`);
/** The median of the ratios round by round: what slows a round slows both. */
const ratio = (a: string, b: string): string => {
  const others = measured.get(b) ?? [];
  const ratios = (measured.get(a) ?? []).map((each, round) => each / (others[round] ?? Number.NaN));
  return (ratios.toSorted((x, y) => x - y)[Math.floor(rounds / 2)] ?? Number.NaN).toFixed(2);
};
const [bucketOne, windowOne, peerOne, oursThree, peerThree] = [...measured.keys()];
console.log(`  token bucket ÷ RateLimiterRedis  ${ratio(bucketOne ?? "", peerOne ?? "")} (goal 1)`);
console.log(`  fixed window ÷ RateLimiterRedis  ${ratio(windowOne ?? "", peerOne ?? "")} (goal 1)`);
console.log(
  `  three limits ÷ Union             ${ratio(oursThree ?? "", peerThree ?? "")} (goal 2)`,
);
client.disconnect();

interface Sample {
  readonly atMs: number;
  readonly tookMs: number;
}

/** 16 callers at about 4,000 decisions a second; Redis goes after one second, for two. */
async function outage(how: "frozen" | "killed"): Promise<void> {
  await using redis = await startRedis();
  const connection = new Redis(redis.port, { retryStrategy: () => 100 });
  connection.on("error", () => undefined);
  const guarded = guardedLimiter({ limiter: redisLimiter({ client: connection }) });
  const limit = createLimit({ name: "hot", algorithm: "sliding-log", limit: 5_000, windowMs });
  const ending = new AbortController();
  const samples: Sample[] = [];
  let granted = 0;
  const start = performance.now();
  const caller = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const from = performance.now();
      if ((await guarded.consume(limit, "key")).allowed) granted++;
      samples.push({ atMs: from - start, tookMs: performance.now() - from });
      await sleep(4);
    }
  };
  const callersDone = Promise.all(Array.from({ length: 16 }, caller));
  await sleep(1_000);
  const goneMs = performance.now() - start;
  if (how === "frozen") redis.pause();
  else await redis.kill();
  await sleep(2_000);
  if (how === "frozen") redis.resume();
  else await redis.restart();
  const backMs = performance.now() - start;
  const recovered = await untilAsked(guarded, limit);
  ending.abort();
  await callersDone;
  const p99 = (fromMs: number, toMs: number): string => quantile(samples, fromMs, toMs).toFixed(2);
  console.log(`Redis ${how}: p99 of a decision, ms`);
  console.log(
    `  before ${p99(0, goneMs)}, first second ${p99(goneMs, goneMs + 1_000)} (goal 5), second ${p99(goneMs + 1_000, backMs)}`,
  );
  console.log(
    `  asked again ${Math.round(recovered)} ms after it was back; ${granted} granted of a limit of 5,000 (bound 10,000)`,
  );
  connection.disconnect();
}

/** A decision comes by promise exactly when the store is asked. */
async function untilAsked(guarded: Limiter, limit: Limit): Promise<number> {
  const start = performance.now();
  while (!(guarded.peek(limit, "key") instanceof Promise)) await sleep(5);
  return performance.now() - start;
}

function quantile(samples: readonly Sample[], fromMs: number, toMs: number): number {
  const took = samples
    .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
    .map(({ tookMs }) => tookMs)
    .toSorted((a, b) => a - b);
  return took[Math.floor(took.length * 0.99)] ?? Number.NaN;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (process.argv[2] !== "speed") await outage("frozen");
if (process.argv[2] !== "speed") await outage("killed");
