/**
 * Counters by the hash of their key: an extendible hash table (Fagin et al.,
 * "Extendible Hashing", TODS 1979) of flat segments.
 *
 *   directory, 2^depth entries          segment: 4,096 slots, linear probing
 *   ┌────┐  top bits of `high`          ┌─────┬──────┬─────────┬───────┬──
 *   │ 00 ├──▶ segment A                 │ low │ high │ expires │ cell… │ low …
 *   │ 01 ├──▶ segment A                 └─────┴──────┴─────────┴───────┴──
 *   │ 10 ├──▶ segment B                  4 B    4 B    8 B       8 B each
 *   │ 11 ├──▶ segment C
 *   └────┘
 *
 * A segment that is three quarters full is made anew without what has expired,
 * or split in two; so growth never moves more than one segment at a time, and
 * no call waits for a table of a million keys to be copied.
 *
 * Nothing is ever evicted, and there are no timers: a counter whose time is
 * over means nothing, and its slot goes to the next key that probes past it.
 * When all segments are made and full of live counters, new keys share the
 * counters of the overflow, picked by hash. Who shares may be refused early,
 * but nobody gets more than the limit, and no flood of keys frees a counter.
 * A key that later finds a slot takes what its shared counter says along.
 */

import type { Question } from "./meter.ts";

const SLOTS = 4_096;
const SLOT_MASK = SLOTS - 1;
const USED_MAX = SLOTS * 0.75;
/** A full segment is searched for what has expired no more often than this. */
const SWEEP_EVERY_MS = 100;
const OVERFLOW_SLOTS = 65_536;

export interface TableOptions {
  /** Numbers per counter; the first is the time at which it has expired. */
  readonly width: number;
  /** Live keys that are counted apart, at least. */
  readonly keysMax: number;
  /** Told where cells begin that are now a copy of others, or no longer used. */
  readonly copied?: (cells: Cells, at: number) => void;
  readonly dropped?: (cells: Cells, at: number) => void;
}

/** Cells as numbers, and as pairs of integers: `floats[at]` is `ints[2 * at]` and the next. */
export interface Cells {
  readonly ints: Int32Array;
  readonly floats: Float64Array;
}

interface Segment extends Cells {
  /** How many top bits of `high` all of its keys share. */
  readonly depth: number;
  used: number;
  sweptAtMs: number;
}

export class Table {
  /** Where the last `find` or `claim` found its cells: `floats[at]` is the time of expiry. */
  found: Cells = createCells(0);
  readonly #options: TableOptions;
  readonly #stride: number;
  readonly #depthMax: number;
  #depth = 0;
  #directory: Segment[];
  #overflow: Cells | undefined;

  constructor(options: TableOptions) {
    this.#options = options;
    this.#stride = options.width + 1;
    this.#depthMax = Math.max(0, Math.ceil(Math.log2(options.keysMax / USED_MAX)));
    this.#directory = [createSegment(this.#stride, 0)];
  }

  /** Bytes held now. */
  get bytes(): number {
    const segments = new Set(this.#directory);
    return segments.size * SLOTS * this.#stride * 8 + (this.#overflow?.floats.byteLength ?? 0);
  }

  /** Slots taken now, by live and by expired counters. */
  get used(): number {
    let used = 0;
    for (const segment of new Set(this.#directory)) used += segment.used;
    return used;
  }

  /** Finds a counter or, unless one only looks, claims it. */
  locate({ mode, low, high }: Question, nowMs: number): number {
    return mode === "look" ? this.find(low, high) : this.claim(low, high, nowMs);
  }

  /** Where the counter of a hash begins in `cells`, or -1. */
  find(low: number, high: number): number {
    const segment = this.#segmentOf(high);
    const at = this.#probe(segment, low, high);
    if (at >= 0) this.found = segment;
    else if (this.#overflow !== undefined) return this.#shared(this.#overflow, low);
    return at;
  }

  /** As `find`, but makes room when there is none: expired cells may hold anything. */
  claim(low: number, high: number, nowMs: number): number {
    const segment = this.#segmentOf(high);
    const { ints, floats } = segment;
    const stride = this.#stride;
    let reusable = -1;
    for (let slot = low & SLOT_MASK; ; slot = (slot + 1) & SLOT_MASK) {
      const at = slot * stride;
      const there = ints[2 * at + 1];
      if (there === high && ints[2 * at] === low) {
        this.found = segment;
        return at + 1;
      }
      if (there === 0) return this.#settle(segment, { low, high, nowMs, slot, reusable });
      if (reusable < 0 && (floats[at + 1] ?? 0) <= nowMs) reusable = slot;
    }
  }

  /**
   * Forgets a counter. Its slot stays taken, expired, so that no chain of
   * probes breaks. A shared counter stays: it is not this key's alone.
   */
  release(low: number, high: number): void {
    const segment = this.#segmentOf(high);
    const at = this.#probe(segment, low, high);
    if (at >= 0) segment.floats[at] = 0;
  }

  #segmentOf(high: number): Segment {
    // A shift by 32 would be one by 0, hence two.
    const segment = this.#directory[(high >>> 1) >>> (31 - this.#depth)];
    if (segment === undefined) throw new RangeError("the directory has a hole");
    return segment;
  }

  #probe({ ints }: Segment, low: number, high: number): number {
    const stride = this.#stride;
    for (let slot = low & SLOT_MASK; ; slot = (slot + 1) & SLOT_MASK) {
      const at = slot * stride;
      const there = ints[2 * at + 1];
      if (there === 0) return -1;
      if (there === high && ints[2 * at] === low) return at + 1;
    }
  }

  /** Gives an unknown key a slot: a fresh one, an expired one, or a shared one. */
  #settle(segment: Segment, claim: Claim): number {
    const { low, high, nowMs, slot, reusable } = claim;
    if (reusable >= 0) return this.#occupy(segment, reusable, claim);
    if (segment.used < USED_MAX) {
      segment.used++;
      return this.#occupy(segment, slot, claim);
    }
    if (this.#makeRoom(segment, nowMs)) return this.claim(low, high, nowMs);
    this.#overflow ??= createCells(OVERFLOW_SLOTS * this.#stride);
    return this.#shared(this.#overflow, low);
  }

  #occupy(segment: Segment, slot: number, { low, high, nowMs }: Claim): number {
    const { ints, floats } = segment;
    const at = slot * this.#stride;
    if (ints[2 * at + 1] !== 0) this.#options.dropped?.(segment, at + 1);
    ints[2 * at] = low;
    ints[2 * at + 1] = high;
    floats.fill(0, at + 1, at + this.#stride);
    const overflow = this.#overflow;
    if (overflow !== undefined) {
      const from = this.#shared(overflow, low);
      if ((overflow.floats[from] ?? 0) > nowMs) {
        // As integers: two of them read as one float may be a NaN, whose bits need not survive.
        ints.set(overflow.ints.subarray(2 * from, 2 * (from + this.#stride - 1)), 2 * (at + 1));
        this.#options.copied?.(segment, at + 1);
      }
    }
    this.found = segment;
    return at + 1;
  }

  #shared(overflow: Cells, low: number): number {
    this.found = overflow;
    return (low & (OVERFLOW_SLOTS - 1)) * this.#stride + 1;
  }

  /** Sweeps a full segment or splits it; false when neither helps. */
  #makeRoom(segment: Segment, nowMs: number): boolean {
    if (nowMs - segment.sweptAtMs < SWEEP_EVERY_MS && segment.depth >= this.#depthMax) return false;
    segment.sweptAtMs = nowMs;
    let live = 0;
    for (let at = 0; at < segment.floats.length; at += this.#stride) {
      if ((segment.floats[at + 1] ?? 0) > nowMs) live++;
    }
    const roomy = live <= USED_MAX / 2;
    if (!roomy && segment.depth >= this.#depthMax) return false;
    const depth = roomy ? segment.depth : segment.depth + 1;
    const left = createSegment(this.#stride, depth);
    const right = roomy ? left : createSegment(this.#stride, depth);
    this.#move(segment, nowMs, (high) => ((high >>> (32 - depth)) & 1 && !roomy ? right : left));
    this.#replace(segment, left, right);
    return true;
  }

  #move(from: Segment, nowMs: number, target: (high: number) => Segment): void {
    const stride = this.#stride;
    for (let at = 0; at < from.floats.length; at += stride) {
      const high = from.ints[2 * at + 1] ?? 0;
      if (high === 0) continue;
      if ((from.floats[at + 1] ?? 0) <= nowMs) {
        this.#options.dropped?.(from, at + 1);
        continue;
      }
      const to = target(high);
      let slot = (from.ints[2 * at] ?? 0) & SLOT_MASK;
      while (to.ints[2 * slot * stride + 1] !== 0) slot = (slot + 1) & SLOT_MASK;
      for (let word = 0; word < 2 * stride; word++) {
        to.ints[2 * slot * stride + word] = from.ints[2 * at + word] ?? 0;
      }
      to.used++;
    }
  }

  #replace(old: Segment, left: Segment, right: Segment): void {
    if (left.depth > this.#depth) {
      this.#directory = this.#directory.flatMap((segment) => [segment, segment]);
      this.#depth++;
    }
    const bit = this.#depth - left.depth;
    this.#directory = this.#directory.map((segment, index) =>
      segment !== old ? segment : (index >>> bit) & 1 ? right : left,
    );
  }
}

interface Claim {
  readonly low: number;
  readonly high: number;
  readonly nowMs: number;
  /** The empty slot at the end of the probe, and the first expired one before it, or -1. */
  readonly slot: number;
  readonly reusable: number;
}

function createCells(numbers: number): Cells {
  const floats = new Float64Array(numbers);
  return { ints: new Int32Array(floats.buffer), floats };
}

function createSegment(stride: number, depth: number): Segment {
  return {
    ...createCells(SLOTS * stride),
    depth,
    used: 0,
    sweptAtMs: Number.NEGATIVE_INFINITY,
  };
}
