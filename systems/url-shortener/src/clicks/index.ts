/**
 * Click statistics.
 *
 *   redirect ─▶ record() ─▶ memory ─flush─▶ log ─fold─▶ hours ─roll-up─▶ days ─▶ months
 *                           ≤ 100 ms      durable        └──────── series() ────────┘
 *
 * A click is put into columns while its redirect is answered. At most 100 ms later it
 * is in the log, a table that is only appended to: from then on it survives a
 * crash. The fold adds the log up into cells, in the background and for a tenth
 * of the time at most, so that under load many clicks share one write; when
 * little happens, it follows the flush at once. `docs/decisions/008-clicks.md`
 * has the measurements.
 */
import { createService, type Service } from "@tenfold/core";
import type { AnyTransaction } from "@tenfold/sql";
import type { Platform } from "@tenfold/system";
import type { Static } from "typebox";
import type { ClickQuery, ClickSeries } from "../contract.ts";
import { Aggregator } from "./aggregator.ts";
import type { Click } from "./describe.ts";
import { Flusher } from "./flusher.ts";
import { foldRound } from "./fold.ts";
import { expireStep, markForgotten, purgeStep } from "./forget.ts";
import { dayOfHour, hourMs } from "./periods.ts";
import { createPulse } from "./pulse.ts";
import { rollUpStep, type StepOutcome } from "./roll-up.ts";
import { readSeries, readTotals, type ClickTotals } from "./series.ts";

export type { Click } from "./describe.ts";
export type { ClickTotals } from "./series.ts";

export interface ClicksOptions {
  /** From the start of one flush to the start of the next: what `kill -9` may lose. */
  flushIntervalMs: number;
  /** Clicks that may wait in memory one by one. */
  rawMax: number;
  /** Link-hours in memory that keep their keys and visitors; beyond, only counts. */
  detailedCellsMax: number;
  /** Part of the time that folding may take, in (0, 1]. */
  foldShare: number;
  /** How often batches are looked for that another process left. */
  idleFoldMs: number;
  /** How long after its end a day is rolled up. */
  closeDelayMs: number;
  /** Days for which single hours are kept; days and months are kept for ever. */
  hourDaysKept: number;
  /** How long `stop()` tries to write what is left. */
  stopTimeoutMs: number;
}

export const clicksDefaults: ClicksOptions = Object.freeze({
  flushIntervalMs: 100,
  rawMax: 100_000,
  detailedCellsMax: 50_000,
  foldShare: 0.2,
  idleFoldMs: 2_000,
  closeDelayMs: 2 * hourMs,
  hourDaysKept: 400,
  stopTimeoutMs: 10_000,
});

export interface Clicks extends Service {
  /** Counts a click. Never throws, never waits. */
  record(click: Click): void;
  /** Everything recorded before is durable and visible when it resolves; rejects when SQL is away. */
  flush(): Promise<void>;
  /** Exact, apart from what is younger than the last fold. Links without clicks are there with zeros. */
  totals(linkIds: readonly string[]): Promise<ReadonlyMap<string, ClickTotals>>;
  /** Throws `range_invalid`. Does not ask whether the link exists. */
  series(linkId: string, query: Static<typeof ClickQuery>): Promise<ClickSeries>;
  /** Forgets a link's clicks once `transaction` commits; later ones are dropped. */
  forget(linkId: string, transaction: AnyTransaction): Promise<void>;
}

type Deps = Pick<Platform, "sql" | "clock" | "random" | "log" | "metrics" | "secret">;

const backOffMaxMs = 5_000;
const housekeepingMs = 60_000;
const busyFoldMs = 500;
/** Timers are late by up to 1 ms; one that is later than this tells of a busy process. */
const calmMs = 1.5;
/** Rolling up gives way to the fold, and rests, after this. */
const houseSliceMs = 100;

/** Repeats a step until it is done, another process does it, or `enough()`. */
async function repeat(step: () => Promise<StepOutcome>, enough: () => boolean): Promise<void> {
  while (!enough() && (await step()) === "more");
}

/** Folds, and now and then closes, purges and expires. A run answers when to come back. */
function createKeeper({ sql, clock, log }: Deps, options: ClicksOptions, stopped: () => boolean) {
  let shard = 0;
  let houseDueMs = -Infinity;
  let notBeforeMs = -Infinity;
  let failures = 0;
  /** When the work began that has not been rested for. */
  let workMs = 0;

  /** False when there was not enough time for all of it. */
  const house = async (enough: () => boolean): Promise<boolean> => {
    const dueDay = dayOfHour(Math.floor((clock.now() - options.closeDelayMs) / hourMs));
    await repeat(() => purgeStep(sql, { wait: false }), enough);
    if (clock.monotonic() < houseDueMs) return true;
    await repeat(() => rollUpStep(sql, dueDay), enough);
    await repeat(() => expireStep(sql, oldestHour(clock.now(), options)), enough);
    if (enough()) return false;
    houseDueMs = clock.monotonic() + housekeepingMs;
    return true;
  };
  /** Rests as long as work since `sinceMs` has earned; on the way down nobody is waited for. */
  const restSince = (sinceMs: number): number =>
    stopped() ? 0 : (clock.monotonic() - sinceMs) * (1 / options.foldShare - 1);
  const keep = async (startMs: number): Promise<"busy" | "more" | "done"> => {
    workMs = startMs;
    const rest = async (): Promise<void> => {
      const fromMs = clock.monotonic();
      const restMs = restSince(workMs);
      if (restMs > 0) await clock.sleep(restMs);
      // Woken late: the process is busy, and whoever follows a link comes before statistics.
      const lateMs = clock.monotonic() - fromMs - restMs;
      if (restMs > 0 && lateMs > calmMs) await clock.sleep(Math.min(backOffMaxMs, 20 * lateMs));
      workMs = clock.monotonic();
    };
    const round = await foldRound(sql, shard, { wait: false, rest });
    shard = round.shard;
    if (round.outcome !== "done") return round.outcome;
    const enough = (): boolean => stopped() || clock.monotonic() - startMs > houseSliceMs;
    return (await house(enough)) ? "done" : "more";
  };
  return async (): Promise<number> => {
    const startMs = clock.monotonic();
    // Each flush wakes the keeper; resting is what keeps it to its share.
    if (startMs < notBeforeMs) return notBeforeMs - startMs;
    try {
      const outcome = await keep(startMs);
      failures = 0;
      if (outcome === "busy") return busyFoldMs;
      const restMs = restSince(workMs);
      notBeforeMs = clock.monotonic() + restMs;
      return outcome === "more" ? restMs : Math.max(restMs, options.idleFoldMs);
    } catch (error) {
      if (failures === 0) log.warn({ error }, "clicks cannot be folded; trying again");
      failures += 1;
      return Math.min(backOffMaxMs, 100 * 2 ** failures);
    }
  };
}

function oldestHour(nowMs: number, { hourDaysKept }: ClicksOptions): number {
  return (dayOfHour(Math.floor(nowMs / hourMs)) - hourDaysKept) * 24;
}

function reportClicks(metrics: Deps["metrics"], aggregator: Aggregator): () => void {
  const counter = metrics.counter({
    name: "tenfold_link_clicks_total",
    help: "Clicks counted by this process",
    labels: ["kind"],
  });
  metrics.gauge({
    name: "tenfold_link_clicks_waiting",
    help: "Clicks in memory, not yet in the log",
    read: () => aggregator.rawCount + aggregator.cellCount,
  });
  const reported = { human: 0, bot: 0 };
  return () => {
    for (const kind of ["human", "bot"] as const) {
      counter.add(aggregator.counted[kind] - reported[kind], { kind });
      reported[kind] = aggregator.counted[kind];
    }
  };
}

/** Click statistics on the platform's SQL. Until `start()`, clicks are only collected. */
export function createClicks(
  { platform }: { platform: Deps },
  given: Partial<ClicksOptions> = {},
): Clicks {
  const options = { ...clicksDefaults, ...given };
  const { sql, clock, random, secret } = platform;
  const log = platform.log.child({ part: "clicks" });
  const aggregator = new Aggregator({ secret, log }, options);
  const writer = Buffer.from(random.bytes(16)).toString("hex");
  const flusher = new Flusher({ sql, writer }, aggregator);
  const report = reportClicks(platform.metrics, aggregator);
  let stopped = false;
  let failures = 0;

  const keep = createKeeper({ ...platform, log }, options, () => stopped);
  const folding = createPulse(clock, keep);
  const flushing = createPulse(clock, async () => {
    const startMs = clock.monotonic();
    if (flusher.idle) return options.flushIntervalMs;
    try {
      await flusher.flush();
      report();
      failures = 0;
      folding.wake(0);
      return Math.max(0, options.flushIntervalMs - (clock.monotonic() - startMs));
    } catch (error) {
      if (failures === 0) log.warn({ error }, "clicks cannot be written; they are kept in memory");
      failures += 1;
      return Math.min(backOffMaxMs, options.flushIntervalMs * 2 ** failures);
    }
  });

  const flushBeforeStop = async (): Promise<void> => {
    const untilMs = clock.monotonic() + options.stopTimeoutMs;
    while (!flusher.idle) {
      try {
        await flusher.flush();
      } catch (error) {
        if (clock.monotonic() < untilMs) await clock.sleep(100);
        else
          return log.error({ error, cells: aggregator.cellCount }, "clicks were lost at the end");
      }
    }
  };
  const service = createService({
    start() {
      flushing.wake(options.flushIntervalMs);
      folding.wake(0);
    },
    async stop() {
      stopped = true;
      await flushing.stop();
      await folding.stop();
      await flushBeforeStop();
    },
  });

  return {
    ...service,
    record: (click) => aggregator.record(click),
    async flush() {
      await flusher.flush();
      let round = { outcome: "more", shard: 0 };
      while (round.outcome === "more") round = await foldRound(sql, round.shard, { wait: true });
      await repeat(
        () => purgeStep(sql, { wait: true }),
        () => false,
      );
    },
    totals: (linkIds) => readTotals(sql, linkIds),
    series: (linkId, query) => {
      const nowMs = clock.now();
      return readSeries({ sql, nowMs, oldestHour: oldestHour(nowMs, options) }, linkId, query);
    },
    forget: (linkId, transaction) => markForgotten(sql, linkId, transaction),
  };
}
