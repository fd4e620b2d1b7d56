/**
 * Logs of grants, as large as they have to be:
 *
 *   counter   expires │ ref, total        total: units in the log
 *                        │
 *                        ├─ 0             an empty log has no block
 *                        ├─▶ ┌ time ┐     a block of one number: one grant of one unit
 *                        └─▶ ring.ts      a block of 4, 8, 16, … numbers
 *
 * A full ring moves into a block of twice the size. All is O(1) amortised, but
 * for `timeOf`.
 */
import * as ring from "./ring.ts";
import { offsetOf, Slab } from "./slab.ts";
import type { Cells } from "./table.ts";

/** Who owes more units than this owes this. */
const TOTAL_MAX = 2 ** 31 - 1;

export class GrantLogs {
  readonly #slab = new Slab();

  get bytes(): number {
    return this.#slab.bytes;
  }

  /** Forgets what was granted up to `ms`; answers the units that are left. */
  prune(cells: Cells, at: number, ms: number): number {
    const { ints } = cells;
    const ref = ints[2 * at + 2] ?? 0;
    if (ref === 0) return 0;
    let total = ints[2 * at + 3] ?? 0;
    const chunk = this.#slab.chunkOf(ref);
    const base = offsetOf(ref);
    if (chunk.order === 0) {
      if ((chunk.floats[base] ?? 0) > ms) return total;
      total = 0;
    } else {
      if (ring.firstAt(chunk, base) > ms) return total;
      while (total > 0 && ring.firstAt(chunk, base) <= ms) total -= ring.shift(chunk, base);
      ints[2 * at + 3] = total;
    }
    if (total === 0) this.clear(cells, at);
    return total;
  }

  /** Notes units granted now, or takes back the newest; answers the units in the log. */
  add(cells: Cells, at: number, { ms, units }: { ms: number; units: number }): number {
    const { ints } = cells;
    const before = ints[2 * at + 3] ?? 0;
    const total = Math.max(0, Math.min(TOTAL_MAX, before + units));
    if (total > before) this.#append(ints, at, { ms, units: total - before });
    else if (total === 0) this.clear(cells, at);
    else this.#takeBack(ints[2 * at + 2] ?? 0, before - total);
    ints[2 * at + 3] = total;
    return total;
  }

  /** When the newest grant was made; -Infinity without any. */
  newest({ ints }: Cells, at: number): number {
    const ref = ints[2 * at + 2] ?? 0;
    if (ref === 0) return Number.NEGATIVE_INFINITY;
    const chunk = this.#slab.chunkOf(ref);
    const base = offsetOf(ref);
    if (chunk.order === 0) return chunk.floats[base] ?? 0;
    const length = ring.lengthAt(chunk, base);
    const last = ring.numberAt(chunk, base, length - 1);
    return last < 0 ? ring.numberAt(chunk, base, length - 2) : last;
  }

  /** When the last of the `units` oldest units was granted. O(grants). */
  timeOf({ ints }: Cells, at: number, units: number): number {
    const ref = ints[2 * at + 2] ?? 0;
    if (ref === 0) return 0;
    const chunk = this.#slab.chunkOf(ref);
    const base = offsetOf(ref);
    if (chunk.order === 0) return chunk.floats[base] ?? 0;
    const length = ring.lengthAt(chunk, base);
    let time = 0;
    for (let index = 0, left = units; index < length; index++) {
      const value = ring.numberAt(chunk, base, index);
      // A time begins the next grant; the unit it stands for is corrected where more follow.
      if (value >= 0 && left <= 0) break;
      if (value >= 0) time = value;
      left -= value < 0 ? -value - 1 : 1;
    }
    return time;
  }

  /** Forgets the whole log. */
  clear({ ints }: Cells, at: number): void {
    const ref = ints[2 * at + 2] ?? 0;
    if (ref !== 0) this.#slab.release(ref);
    ints[2 * at + 2] = 0;
    ints[2 * at + 3] = 0;
  }

  /** Gives cells that are a copy of others a log of their own. */
  separate({ ints }: Cells, at: number): void {
    const ref = ints[2 * at + 2] ?? 0;
    if (ref === 0) return;
    const { order, floats } = this.#slab.chunkOf(ref);
    const copy = this.#slab.allocate(order);
    const block = floats.subarray(offsetOf(ref), offsetOf(ref) + (1 << order));
    this.#slab.chunkOf(copy).floats.set(block, offsetOf(copy));
    ints[2 * at + 2] = copy;
  }

  #append(ints: Int32Array, at: number, { ms, units }: { ms: number; units: number }): void {
    if (units === 1 && ints[2 * at + 2] === 0) {
      const ref = this.#slab.allocate(0);
      this.#slab.chunkOf(ref).floats[offsetOf(ref)] = ms;
      ints[2 * at + 2] = ref;
      return;
    }
    const ref = this.#roomy(ints, at, units === 1 ? 1 : 2);
    const chunk = this.#slab.chunkOf(ref);
    ring.push(chunk, offsetOf(ref), ms);
    if (units > 1) ring.push(chunk, offsetOf(ref), -units);
  }

  #takeBack(ref: number, units: number): void {
    if (units === 0) return;
    const chunk = this.#slab.chunkOf(ref);
    for (let left = units; left > 0;) left -= ring.takeBack(chunk, offsetOf(ref), left);
  }

  /** The counter's ring, in a larger block unless `more` numbers fit. */
  #roomy(ints: Int32Array, at: number, more: number): number {
    const ref = ints[2 * at + 2] ?? 0;
    if (ref === 0) return (ints[2 * at + 2] = this.#ring(ring.RING_ORDER));
    const chunk = this.#slab.chunkOf(ref);
    const base = offsetOf(ref);
    const single = chunk.order === 0;
    const length = single ? 1 : ring.lengthAt(chunk, base);
    if (!single && length + more <= ring.capacityOf(chunk)) return ref;
    const larger = this.#ring(single ? ring.RING_ORDER + more - 1 : chunk.order + 1);
    const target = this.#slab.chunkOf(larger);
    for (let index = 0; index < length; index++) {
      const value = single ? (chunk.floats[base] ?? 0) : ring.numberAt(chunk, base, index);
      ring.push(target, offsetOf(larger), value);
    }
    this.#slab.release(ref);
    ints[2 * at + 2] = larger;
    return larger;
  }

  /** A block with an empty ring. */
  #ring(order: number): number {
    const ref = this.#slab.allocate(order);
    ring.clearAt(this.#slab.chunkOf(ref), offsetOf(ref));
    return ref;
  }
}
