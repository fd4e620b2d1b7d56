/**
 * What a client gets that knows where a window ends: units granted within 150 ms around the edge
 * of a window of a second, of a limit of 100.
 */
import { setTimeout as delay } from "node:timers/promises";
import { MemoryStore } from "express-rate-limit";
import { createLimit, memoryLimiter } from "@tenfold/rate-limiter";
import { RateLimiterMemory } from "rate-limiter-flexible";

const most = 100;
const windowMs = 1_000;

type Ask = () => boolean | Promise<boolean>;

function ours(algorithm: "token-bucket" | "fixed-window" | "sliding-counter" | "sliding-log"): Ask {
  const limiter = memoryLimiter();
  const limit = createLimit({ name: "edge", algorithm, limit: most, windowMs });
  return () => limiter.consume(limit, "key").allowed;
}

function flexible(): Ask {
  const limiter = new RateLimiterMemory({ points: most, duration: windowMs / 1_000 });
  return () =>
    limiter.consume("key").then(
      () => true,
      () => false,
    );
}

function express(): Ask {
  const store = new MemoryStore();
  store.init({ windowMs } as Parameters<MemoryStore["init"]>[0]);
  return async () => (await store.increment("key")).totalHits <= most;
}

/** Opens the window with one unit, then takes all there is just before its end and just after. */
async function grantedAtEdge(ask: Ask): Promise<number> {
  await delay(windowMs - (Date.now() % windowMs) + 5);
  await ask();
  await delay(0.88 * windowMs);
  let granted = 0;
  for (let call = 1; call < most; call++) if (await ask()) granted++;
  await delay(0.14 * windowMs);
  for (let call = 0; call < most; call++) if (await ask()) granted++;
  return granted;
}

/** Units by contender; all are asked at the same time. */
export async function edges(): Promise<ReadonlyMap<string, number>> {
  const contenders: readonly (readonly [string, Ask])[] = [
    ["token bucket", ours("token-bucket")],
    ["fixed window", ours("fixed-window")],
    ["sliding counter", ours("sliding-counter")],
    ["sliding log", ours("sliding-log")],
    ["rate-limiter-flexible", flexible()],
    ["express-rate-limit", express()],
  ];
  return new Map(
    await Promise.all(
      contenders.map(async ([name, ask]) => [name, await grantedAtEdge(ask)] as const),
    ),
  );
}
