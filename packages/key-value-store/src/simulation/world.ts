/**
 * A world of one seed: one queue of events, one clock, one source of chance.
 *
 *     at(5 ms) ─┐   ┌──────────────────────────┐
 *     at(1 ms) ─┼──▶│ by time, then by number  │──▶ run one ──▶ let its promises run ──▶ next
 *     at(9 ms) ─┘   └──────────────────────────┘
 *
 * Nothing in it reads a real clock or waits for real I/O, and promises that are due
 * run in a fixed order, so a seed gives the same run each time. `fingerprint()`
 * sums up everything that was noted, to prove it.
 */
import { murmur3 } from "@tenfold/consistent-hashing";
import { createSeededRandom, type Random } from "@tenfold/core";

export interface World {
  readonly random: Random;
  /** True time in ms since the world began. */
  readonly now: () => number;
  /** Runs `event` after so many ms. Events of one moment run in the order they were made. */
  readonly after: (ms: number, event: () => void) => void;
  /** A line of the trace: goes into the fingerprint, and is kept when the world is traced. */
  readonly note: (line: string) => void;
  /** Runs what is due until so many ms since the beginning. */
  readonly run: (untilMs: number) => Promise<void>;
  readonly fingerprint: () => string;
  readonly trace: readonly string[];
  readonly eventCount: () => number;
}

interface Event {
  readonly dueMs: number;
  readonly number: number;
  readonly run: () => void;
}

/** `keepsTrace` holds every line in memory, for a person who replays a seed. */
export function createWorld(seed: number, { keepsTrace = false } = {}): World {
  const random = createSeededRandom(seed);
  const queue: Event[] = [];
  const trace: string[] = [];
  let nowMs = 0;
  let events = 0;
  let ran = 0;
  let sum = 0;
  return {
    random,
    now: () => nowMs,
    after(ms, run) {
      events += 1;
      push(queue, { dueMs: nowMs + ms, number: events, run });
    },
    note(line) {
      sum = murmur3(line, sum);
      if (keepsTrace) trace.push(`${nowMs.toFixed(1).padStart(9)} ${line}`);
    },
    async run(untilMs) {
      // What was called from outside makes its first events only now.
      await new Promise<void>((resolve) => process.nextTick(resolve));
      for (let next = queue[0]; next !== undefined && next.dueMs <= untilMs; next = queue[0]) {
        pop(queue);
        nowMs = next.dueMs;
        ran += 1;
        next.run();
        // One turn of the real event loop: every promise that can go on has gone on.
        await new Promise<void>((resolve) => process.nextTick(resolve));
      }
      nowMs = untilMs;
    },
    fingerprint: () => `${ran}:${sum.toString(16)}`,
    trace,
    eventCount: () => ran,
  };
}

const isBefore = (one: Event | undefined, other: Event | undefined): boolean =>
  one !== undefined &&
  other !== undefined &&
  (one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.number < other.number));

/** Binary heap, the earliest event first. */
function push(heap: Event[], event: Event): void {
  heap.push(event);
  for (let at = heap.length - 1; at > 0;) {
    const parent = (at - 1) >> 1;
    if (!isBefore(heap[at], heap[parent])) return;
    swap(heap, at, parent);
    at = parent;
  }
}

function pop(heap: Event[]): void {
  swap(heap, 0, heap.length - 1);
  heap.pop();
  for (let at = 0; ;) {
    const left = 2 * at + 1;
    const child = isBefore(heap[left + 1], heap[left]) ? left + 1 : left;
    if (!isBefore(heap[child], heap[at])) return;
    swap(heap, at, child);
    at = child;
  }
}

function swap(heap: Event[], one: number, other: number): void {
  const [first, second] = [heap[one], heap[other]];
  if (first === undefined || second === undefined) return;
  heap[one] = second;
  heap[other] = first;
}
