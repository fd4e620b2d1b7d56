/**
 * The grants of one counter, oldest first, in a ring of numbers that lies in a
 * block of a slab. A grant of one unit is its time; one of more is its time,
 * followed by its units with a minus.
 *
 *   ├ head, length │ first │ time │ −5 │ … │ time │ time ┤
 *     two integers                            ▲ head   wraps
 *
 * `first` repeats the time at the head: seeing that nothing is over yet touches
 * one line of memory, however long the ring is. All O(1).
 */
import type { Chunk } from "./slab.ts";

const HEADER = 2;
/** The smallest block with room for a ring. */
export const RING_ORDER = 2;

/** Numbers that fit into the ring of a block of this chunk. */
export const capacityOf = ({ order }: Chunk): number => (1 << order) - HEADER;

export const lengthAt = ({ ints }: Chunk, base: number): number => ints[2 * base + 1] ?? 0;

/** The time of the oldest grant of a ring that is not empty. */
export const firstAt = ({ floats }: Chunk, base: number): number => floats[base + 1] ?? 0;

export function clearAt({ ints }: Chunk, base: number): void {
  ints[2 * base] = 0;
  ints[2 * base + 1] = 0;
}

/** The number at `index`, counted from the head. */
export function numberAt(chunk: Chunk, base: number, index: number): number {
  return chunk.floats[base + HEADER + placeOf(chunk, base, index)] ?? 0;
}

/** Adds a number at the end. There must be room. */
export function push(chunk: Chunk, base: number, value: number): void {
  const length = lengthAt(chunk, base);
  chunk.floats[base + HEADER + placeOf(chunk, base, length)] = value;
  chunk.ints[2 * base + 1] = length + 1;
  if (length === 0) chunk.floats[base + 1] = value;
}

/** Takes the oldest grant out; answers its units. */
export function shift(chunk: Chunk, base: number): number {
  const { floats, ints } = chunk;
  const length = lengthAt(chunk, base);
  const following = length > 1 ? numberAt(chunk, base, 1) : 0;
  const taken = following < 0 ? 2 : 1;
  ints[2 * base] = placeOf(chunk, base, taken);
  ints[2 * base + 1] = length - taken;
  if (length > taken) floats[base + 1] = numberAt(chunk, base, 0);
  return following < 0 ? -following : 1;
}

/** Takes up to `units` back from the newest grant; answers how many that were. */
export function takeBack(chunk: Chunk, base: number, units: number): number {
  const { floats, ints } = chunk;
  const length = lengthAt(chunk, base);
  const last = numberAt(chunk, base, length - 1);
  if (last >= 0) {
    ints[2 * base + 1] = length - 1;
    return 1;
  }
  const left = -last - units;
  if (left > 1) floats[base + HEADER + placeOf(chunk, base, length - 1)] = -left;
  else ints[2 * base + 1] = length - (left === 1 ? 1 : 2);
  return Math.min(units, -last);
}

function placeOf(chunk: Chunk, base: number, index: number): number {
  const capacity = capacityOf(chunk);
  const place = (chunk.ints[2 * base] ?? 0) + index;
  return place < capacity ? place : place - capacity;
}
