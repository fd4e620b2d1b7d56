/**
 * Waiting instead of being refused. Requests that one counter refused stand in
 * one line, first come first served; the head asks again when it was told to,
 * the others wait behind it.
 *
 *   refused ─▶ line of its counter:  [head] [ ] [ ] … lengthMax
 *                                      │ sleeps as told, asks again
 *                                      ├─ allowed ─▶ goes; the next is head
 *                                      ├─ would exceed its waitMsMax ─▶ refused
 *                                      └─ caller gone ─▶ leaves; the next is head
 *
 * A place of a concurrency limit comes back when somebody is done, which nobody
 * can tell beforehand: there the head asks every `PLACE_POLL_MS`.
 *
 * Everyone waits at most `waitMsMax` from arriving, and arrives behind those
 * whose time ends sooner, so one sleep per line is enough. A newcomer whose
 * counter has a line joins it without asking, so nobody is overtaken.
 */
import type { Clock } from "@tenfold/core";
import type { JointDecision } from "../decision.ts";
import type { Charge } from "../limiter.ts";

export interface QueueOptions {
  /** Requests waiting for one counter. */
  lengthMax: number;
  /** Requests waiting in all. */
  totalMax: number;
  /** Nobody waits longer. */
  waitMsMax: number;
}

export const queueDefaults: Readonly<QueueOptions> = Object.freeze({
  lengthMax: 100,
  totalMax: 1_000,
  waitMsMax: 5_000,
});

/** What the queue asks: as `consumeAll`, or as `reserve`. */
export interface Admission {
  decision: JointDecision;
  /** Gives back what is held while the request is served. */
  settle?: (() => unknown) | undefined;
}
export type Ask = (charges: readonly Charge[]) => Admission | Promise<Admission>;

export interface Queue {
  /** Requests waiting now. */
  readonly size: number;
  /** A line that the charges would have to join, because others wait there already. */
  lineOf(charges: readonly Charge[]): string | undefined;
  /** Waits; `signal` leaves the line, and rejects with its reason. */
  wait(line: string, visitor: Visitor): Promise<Admission>;
}

export interface Visitor {
  charges: readonly Charge[];
  /** Its refusal, when it has asked already. */
  refused: Admission | undefined;
  signal: AbortSignal;
}

interface Waiter extends Visitor {
  untilMs: number;
  done: (admission: Admission) => void;
  failed: (error: unknown) => void;
}

interface Line {
  waiters: Waiter[];
  /** Ends the head's sleep. */
  wake: (() => void) | undefined;
}

const PLACE_POLL_MS = 50;
/** What those are told at least whose line is full. */
const TURNED_AWAY_MS = 1_000;

/** Names the line of the counter that refused. */
export function refusingLine(charges: readonly Charge[], decision: JointDecision): string {
  const charge = charges.find(({ limit }) => limit.name === decision.rule);
  return lineName(decision.rule, charge?.key ?? "");
}

const lineName = (rule: string, key: string): string => `${rule}\n${key}`;

function pauseOf(charges: readonly Charge[], decision: JointDecision): number {
  const refusing = charges.find(({ limit }) => limit.name === decision.rule)?.limit;
  return refusing?.algorithm === "concurrency" ? PLACE_POLL_MS : decision.retryAfterMs;
}

/** What a newcomer is told whose line is full: asking for real could overtake those who wait. */
async function turnAway(ask: Ask, name: string, charges: readonly Charge[]): Promise<Admission> {
  const { decision } = await ask(charges.map((charge) => ({ ...charge, cost: 0 })));
  const retryAfterMs = Math.max(decision.retryAfterMs, TURNED_AWAY_MS);
  const rule = name.slice(0, name.indexOf("\n"));
  return { decision: { ...decision, allowed: false, granted: 0, rule, retryAfterMs } };
}

export function createQueue(
  { clock, ask }: { clock: Clock; ask: Ask },
  given: Partial<QueueOptions> = {},
): Queue {
  const options: QueueOptions = { ...queueDefaults, ...given };
  const lines = new Map<string, Line>();
  let size = 0;

  /** Serves a line until nobody stands in it. */
  const serve = async (name: string, line: Line): Promise<void> => {
    for (let head = line.waiters[0]; head !== undefined; head = line.waiters[0]) {
      const admission = head.refused ?? (await ask(head.charges));
      head.refused = undefined;
      // Gone while the store was asked.
      if (line.waiters[0] !== head) {
        admission.settle?.();
        continue;
      }
      const pauseMs = pauseOf(head.charges, admission.decision);
      if (admission.decision.allowed || clock.monotonic() + pauseMs > head.untilMs) {
        leave(line, head);
        head.done(admission);
      } else {
        await nap(line, pauseMs);
      }
    }
    lines.delete(name);
  };

  const leave = (line: Line, waiter: Waiter): void => {
    const at = line.waiters.indexOf(waiter);
    if (at < 0) return;
    line.waiters.splice(at, 1);
    size -= 1;
    if (at === 0) line.wake?.();
  };

  const nap = async (line: Line, ms: number): Promise<void> => {
    const early = new AbortController();
    line.wake = () => early.abort();
    await clock.sleep(ms, early.signal).catch(() => undefined); // Woken: the head has left.
    line.wake = undefined;
  };

  const fail = (name: string, line: Line, error: unknown): void => {
    lines.delete(name);
    size -= line.waiters.length;
    for (const waiter of line.waiters.splice(0)) waiter.failed(error);
  };

  const stand = (name: string, waiter: Waiter): void => {
    const found = lines.get(name);
    const line = found ?? { waiters: [], wake: undefined };
    line.waiters.push(waiter);
    size += 1;
    waiter.signal.addEventListener("abort", () => {
      leave(line, waiter);
      waiter.failed(waiter.signal.reason);
    });
    if (found !== undefined) return;
    lines.set(name, line);
    serve(name, line).catch((error: unknown) => fail(name, line, error));
  };

  return {
    get size() {
      return size;
    },
    lineOf(charges) {
      if (lines.size === 0) return undefined;
      return charges
        .map(({ limit, key }) => lineName(limit.name, key))
        .find((name) => lines.has(name));
    },
    async wait(name, visitor) {
      visitor.signal.throwIfAborted();
      const length = lines.get(name)?.waiters.length ?? 0;
      const isFull = length >= options.lengthMax || size >= options.totalMax;
      if (isFull) return visitor.refused ?? (await turnAway(ask, name, visitor.charges));
      return new Promise((done, failed) => {
        const untilMs = clock.monotonic() + options.waitMsMax;
        stand(name, { ...visitor, untilMs, done, failed });
      });
    },
  };
}
