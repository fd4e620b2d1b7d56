/**
 * A load generator for key-value stores, in a process of its own: clients that
 * have one call under way each, closed loop or open loop at a rate. It speaks
 * RESP (a connection per client, by turns to each endpoint), and etcd's gRPC (one
 * HTTP/2 connection per endpoint, a stream per call, as gRPC clients do).
 *
 * Reads one plan as JSON from its argument; prints one result as JSON.
 */
import { Latencies, pace, type Quantiles } from "./latencies.ts";
import { openEtcdCallers } from "./etcd-caller.ts";
import { openRespCallers } from "./resp-caller.ts";

export interface KvPlan {
  protocol: "resp" | "etcd";
  /** Ports on loopback. */
  endpoints: readonly number[];
  clients: number;
  durationMs: number;
  operation: "write" | "read";
  /** Keys are drawn evenly from so many. */
  keys: number;
  valueBytes: number;
  /** Calls per second in all; closed loop when absent. */
  rate?: number;
  /** The generator shares its core, and waits by timer. */
  shared?: boolean;
  warmUpMs?: number;
  /** Answers counted by the second, for seeing an outage. */
  bySecond?: boolean;
  /** Goes once through all keys and ends, for filling. */
  fill?: boolean;
}

export interface KvResult extends Quantiles {
  calls: number;
  perSecond: number;
  failed: number;
  /** The first failure's text. */
  failure: string | undefined;
  /** The longest time without a good answer. */
  gapMs: number;
  /** Due but never sent, because every client was busy at the end. */
  unsent: number;
}

/** A client of a store: one call at a time. */
export interface Caller {
  /** `failure` is the error's text. */
  call(operation: "write" | "read", key: string, done: (failure?: string) => void): void;
  close(): void;
}

/** `k:0000000042`, the same for every store. */
export const keyOf = (index: number): string => `k:${String(index).padStart(10, "0")}`;

async function generate(plan: KvPlan): Promise<KvResult> {
  const open = plan.protocol === "resp" ? openRespCallers : openEtcdCallers;
  const callers = await open(plan);
  const latencies = new Latencies();
  const idle: Caller[] = [];
  const due: number[] = [];
  const warmUpMs = plan.fill === true ? 0 : (plan.warmUpMs ?? 1_000);
  const startedMs = performance.now();
  const countedFromMs = startedMs + warmUpMs;
  const wholeMs = warmUpMs + plan.durationMs;
  const filled = Promise.withResolvers<void>();
  let over = false;
  let next = 0;
  let underWay = 0;
  let failed = 0;
  let failure: string | undefined;
  let lastGoodMs = countedFromMs;
  let gapMs = 0;

  const send = (caller: Caller, dueMs: number): void => {
    const index = plan.fill === true ? next++ : Math.floor(Math.random() * plan.keys);
    if (index >= plan.keys) {
      if (underWay === 0) filled.resolve();
      return;
    }
    underWay += 1;
    caller.call(plan.operation, keyOf(index), (wrong) => {
      underWay -= 1;
      const nowMs = performance.now();
      if (dueMs >= countedFromMs && !over) {
        if (wrong === undefined) {
          latencies.add(nowMs - dueMs);
          gapMs = Math.max(gapMs, nowMs - lastGoodMs);
          lastGoodMs = nowMs;
        } else {
          failed += 1;
          failure ??= wrong;
        }
      }
      release(caller);
    });
  };
  const release = (caller: Caller): void => {
    if (over) return;
    if (plan.rate === undefined) return send(caller, performance.now());
    const waiting = due.shift();
    if (waiting === undefined) idle.push(caller);
    else send(caller, waiting);
  };

  callers.forEach(release);
  if (plan.fill === true) await filled.promise;
  else if (plan.rate === undefined) await new Promise((resolve) => setTimeout(resolve, wholeMs));
  else
    await pace({
      wholeMs,
      rate: plan.rate,
      shared: plan.shared ?? true,
      idle,
      due,
      send,
      startedMs,
    });
  over = true;
  const seconds = (performance.now() - countedFromMs) / 1000;
  for (const caller of callers) caller.close();
  return {
    calls: latencies.count,
    perSecond: latencies.count / seconds,
    failed,
    failure,
    gapMs: Math.max(gapMs, performance.now() - lastGoodMs),
    unsent: due.length,
    ...latencies.quantiles(),
  };
}

if (process.argv[2] !== undefined) {
  const plan: KvPlan = JSON.parse(process.argv[2]);
  process.stdout.write(JSON.stringify(await generate(plan)));
  process.exit(0); // HTTP/2 sessions to a dead etcd would keep it.
}
