/**
 * A Snowflake generator on a leased worker ID: what a process of a fleet needs,
 * put together so that no fault leads to an ID that was made before.
 *
 *   acquire a lease ─▶ open the mark ─▶ write it ahead ─▶ make IDs ─▶ …
 *        ▲                                    ▲              │
 *        │                                    └── every 0.4 × reserveMs
 *        └───────────── the lease was lost, or the token fenced
 *
 * | what goes wrong | what stands against it |
 * | --- | --- |
 * | two processes choose one worker ID | the lease |
 * | a process is paused, and wakes after its lease | `held()` before each ID or batch |
 * | … between that and the ID, or clocks that run unequally | the mark: a successor begins above it, and the late one cannot move it |
 * | `kill -9`, then a clock set back, then a start | the mark |
 * | the clock steps while IDs are made | the generator never goes down |
 * | the database is away | the mark is `reserveMs` ahead; then, and when the lease may have ended, errors |
 */
import {
  createService,
  hasCode,
  silentLog,
  TenfoldError,
  type Clock,
  type Log,
  type Service,
} from "@tenfold/core";
import { uniqueIdErrors } from "./errors.ts";
import { createSnowflake, type Snowflake, type SnowflakeOptions } from "./snowflake.ts";
import type { SnowflakeObserver } from "./position.ts";
import { twitterLayout } from "./snowflake-layout.ts";
import { within } from "./within.ts";
import type { TimeMarks } from "./time-marks.ts";
import { createWorkerRegistry } from "./worker-registry.ts";

/** A worker ID for a while; `@tenfold/sql`'s leases are of this form. */
export interface WorkerLease {
  /** In [0, workers): the data centre and the worker in one number. */
  readonly slot: number;
  /** Fencing token: grows with each acquisition of the slot. */
  readonly token: bigint;
  /** Aborted when the lease is over, at the latest when it could have expired. */
  readonly signal: AbortSignal;
  /** Asks the clocks now; once false, false for ever. */
  held(): boolean;
  release(): Promise<void>;
}

/** A worker ID that is given by configuration (a machine's number): yours to keep unique. */
export function fixedLease(slot: number, token = 0n): WorkerLease {
  const over = new AbortController();
  return {
    slot,
    token,
    signal: over.signal,
    held: () => !over.signal.aborted,
    release: async () => over.abort(new Error("the worker ID was given back")),
  };
}

export interface WorkerIdsDeps {
  clock: Clock;
  /** Waits for a free worker ID; rejects when the signal is aborted. */
  acquire(signal: AbortSignal): Promise<WorkerLease>;
  marks: TimeMarks;
  log?: Log;
  observer?: Pick<SnowflakeObserver, "overflowed" | "steppedBack"> & {
    /** The clock has gone `ms` further than time has. Noticed within `reserveMs`. */
    steppedAhead?(ms: number): void;
    /** A lease was lost, and another is being taken. */
    leaseLost?(): void;
  };
}

export interface WorkerIdsOptions extends Pick<
  SnowflakeOptions,
  "layout" | "epochMs" | "aheadMsMax" | "onClockStep"
> {
  /** How far ahead of the clock the mark is written, in ms. 10,000 by default. */
  reserveMs?: number;
  /** How long `take()` waits for the clock, the mark or a lease, in ms. 5,000 by default. */
  waitMsMax?: number;
}

/**
 * The calls of a generator, whichever worker ID it has just now. While there is
 * none they throw `lease_lost`. IDs increase as long as the worker ID stays.
 */
export interface WorkerIds
  extends Service, Omit<Snowflake, "allowUntil" | "lastIssuedMs" | "close" | "layout"> {
  /**
   * Runs `draw` on the generator, waiting where a retry helps: for the clock, for
   * the mark, for another lease; with `onClockStep: "refuse"`, not for the clock.
   */
  take<Result>(draw: (ids: Snowflake) => Result, signal?: AbortSignal): Promise<Result>;
  /** The worker ID of the lease in hand. */
  slot(): number | undefined;
}

/** The mark is written anew when this part of it is used. */
const RENEW_SHARE = 0.4;
const RETRY_MS = 500;
const POLL_MS = 1;
/** Less is a clock that is being slewed. */
const STEP_MS_MIN = 50;

interface Holding {
  lease: WorkerLease;
  ids: Snowflake;
  /** The write of the mark that is under way. */
  writing: Promise<void> | undefined;
  markMs: number;
}

/** Makes the source. `start()` resolves with a worker ID in hand; `stop()` gives it back. */
export function createWorkerIds(deps: WorkerIdsDeps, given: WorkerIdsOptions = {}): WorkerIds {
  return new LeasedIds(deps, given).face();
}

class LeasedIds {
  readonly #deps: WorkerIdsDeps;
  readonly #options: WorkerIdsOptions & { reserveMs: number; waitMsMax: number };
  readonly #log: Log;
  readonly #registry = createWorkerRegistry();
  readonly #stopping = new AbortController();
  #holding: Holding | undefined;
  #running: Promise<void> | undefined;

  constructor(deps: WorkerIdsDeps, given: WorkerIdsOptions) {
    this.#deps = deps;
    this.#log = deps.log ?? silentLog;
    this.#options = { reserveMs: 10_000, waitMsMax: 5_000, ...given };
    within("reserveMs", this.#options.reserveMs, 10, 3_600_000);
    within("waitMsMax", this.#options.waitMsMax, 0, 3_600_000);
  }

  face(): WorkerIds {
    const ids = (): Snowflake => this.#generator();
    const service = createService({
      start: async () => {
        await this.#hold();
        this.#running = this.#keep();
      },
      stop: () => this.#stop(),
    });
    return {
      ...service,
      next: () => ids().next(),
      nextText: () => ids().nextText(),
      nextNumber: () => ids().nextNumber(),
      fillBigInts: (target) => ids().fillBigInts(target),
      fillHalves: (high, low) => ids().fillHalves(high, low),
      fillNumbers: (target) => ids().fillNumbers(target),
      nextTexts: (count) => ids().nextTexts(count),
      decode: (id) => ids().decode(id),
      idFromTime: (timeMs) => ids().idFromTime(timeMs),
      room: () => this.#holding?.ids.room() ?? 0,
      aheadMs: () => this.#holding?.ids.aheadMs() ?? 0,
      slot: () => this.#holding?.lease.slot,
      take: (draw, signal) => this.#take(draw, signal),
    };
  }

  #generator(): Snowflake {
    if (this.#holding === undefined) throw uniqueIdErrors.lease_lost();
    return this.#holding.ids;
  }

  async #take<Result>(draw: (ids: Snowflake) => Result, signal?: AbortSignal): Promise<Result> {
    const { clock } = this.#deps;
    const untilMs = clock.monotonic() + this.#options.waitMsMax;
    for (;;) {
      signal?.throwIfAborted();
      try {
        return draw(this.#generator());
      } catch (error) {
        if (!this.#worthWaiting(error) || clock.monotonic() >= untilMs) throw error;
      }
      await clock.sleep(POLL_MS, signal);
    }
  }

  #worthWaiting(error: unknown): boolean {
    if (!(error instanceof TenfoldError) || !error.retryable) return false;
    if (this.#stopping.signal.aborted) return false;
    return !(hasCode(error, "clock_behind") && this.#options.onClockStep === "refuse");
  }

  /** Takes a lease, and the time that comes with it. */
  async #hold(): Promise<void> {
    const { clock, marks } = this.#deps;
    const lease = await this.#deps.acquire(this.#stopping.signal);
    try {
      const opened = await marks.open(lease);
      if (opened === "fenced") throw uniqueIdErrors.lease_lost();
      const fromMs = Math.max(Math.floor(clock.now()), opened.markMs ?? 0);
      const markMs = fromMs + this.#options.reserveMs;
      if (!(await marks.write(lease, markMs))) throw uniqueIdErrors.lease_lost();
      const ids = this.#open(lease, opened.markMs, markMs);
      this.#holding = { lease, ids, markMs, writing: undefined };
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  #open(lease: WorkerLease, lastIssuedMs: number | undefined, markMs: number): Snowflake {
    const { clock, observer = {} } = this.#deps;
    const { layout = twitterLayout, epochMs, aheadMsMax, onClockStep } = this.#options;
    const { slot } = lease;
    return createSnowflake(
      {
        clock,
        lease,
        registry: this.#registry,
        observer: {
          overflowed: (ticks) => observer.overflowed?.(ticks),
          steppedBack: (ms) => observer.steppedBack?.(ms),
          shortOfTime: () => void this.#reserve(),
        },
      },
      {
        layout,
        workerId: slot % 2 ** layout.workerBits,
        datacenterId: Math.floor(slot / 2 ** layout.workerBits),
        // A mark from before a later epoch says nothing about IDs of that epoch.
        lastIssuedMs:
          lastIssuedMs === undefined || lastIssuedMs < (epochMs ?? layout.epochMs)
            ? undefined
            : lastIssuedMs,
        markMs,
        ...(epochMs === undefined ? {} : { epochMs }),
        ...(aheadMsMax === undefined ? {} : { aheadMsMax }),
        ...(onClockStep === undefined ? {} : { onClockStep }),
      },
    );
  }

  /** Writes the mark ahead of the clock and of the newest ID; one write at a time. Never rejects. */
  #reserve(): Promise<void> {
    const holding = this.#holding;
    if (holding === undefined) return Promise.resolve();
    if (holding.writing !== undefined) return holding.writing;
    const wanted = this.#wantedMs(holding);
    const enoughMs = (this.#options.reserveMs * RENEW_SHARE) / 2;
    if (wanted - holding.markMs < enoughMs) return Promise.resolve();
    return (holding.writing = this.#write(holding, wanted).finally(() => {
      holding.writing = undefined;
    }));
  }

  async #write(holding: Holding, markMs: number): Promise<void> {
    try {
      if (await this.#deps.marks.write(holding.lease, markMs)) {
        holding.markMs = markMs;
        holding.ids.allowUntil(markMs);
      } else {
        await this.#letGo(holding, "another process has its worker ID");
      }
    } catch (error) {
      this.#log.warn({ error }, "the time mark of the unique IDs could not be written yet");
    }
  }

  #wantedMs({ ids }: Holding): number {
    const newestMs = ids.lastIssuedMs() ?? 0;
    return Math.max(Math.floor(this.#deps.clock.now()), newestMs) + this.#options.reserveMs;
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stopping;
    const watch = watchSteps(this.#deps.clock);
    while (!signal.aborted) {
      const holding = this.#holding;
      if (holding === undefined || !holding.lease.held()) {
        await this.#replace(holding);
        continue;
      }
      await this.#reserve();
      const over = AbortSignal.any([signal, holding.lease.signal]);
      const pauseMs = this.#options.reserveMs * RENEW_SHARE;
      // Only an abort rejects, and the loop looks at both signals.
      await this.#deps.clock.sleep(pauseMs, over).catch(() => undefined);
      const aheadMs = watch();
      if (aheadMs > STEP_MS_MIN) this.#deps.observer?.steppedAhead?.(aheadMs);
    }
  }

  async #replace(lost: Holding | undefined): Promise<void> {
    if (lost !== undefined) await this.#letGo(lost, "its lease was lost");
    try {
      await this.#hold();
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#log.warn({ error }, "no worker ID for unique IDs; trying again");
      await this.#deps.clock.sleep(RETRY_MS, this.#stopping.signal).catch(() => undefined);
    }
  }

  async #letGo(holding: Holding, why: string): Promise<void> {
    if (this.#holding !== holding) return;
    this.#holding = undefined;
    holding.ids.close();
    this.#deps.observer?.leaseLost?.();
    this.#log.warn({ slot: holding.lease.slot, why }, "unique IDs take another worker ID");
    await holding.lease.release();
  }

  async #stop(): Promise<void> {
    this.#stopping.abort(new Error("the unique IDs stop"));
    await this.#running;
    const holding = this.#holding;
    this.#holding = undefined;
    if (holding === undefined) return;
    holding.ids.close();
    await holding.writing;
    const lastMs = holding.ids.lastIssuedMs();
    // What was promised and not used goes back; unwritten, a successor begins a little later.
    if (lastMs !== undefined) await this.#deps.marks.write(holding.lease, lastMs).catch(noted);
    await holding.lease.release();
  }
}

/** How far the wall clock has gone beyond the monotonic one since the last call. */
function watchSteps(clock: Clock): () => number {
  const offset = (): number => clock.now() - clock.monotonic();
  let known = offset();
  return () => {
    const before = known;
    known = offset();
    return known - before;
  };
}

/** The mark stays higher than need be, which is safe. */
function noted(): void {}
