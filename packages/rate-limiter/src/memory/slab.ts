/**
 * Blocks of 2^order numbers, cut from chunks that hold one order only:
 *
 *   chunk of order 2   ├ block ┼ block ┼ free ─┼ block ┼ free ─┤ …   64 KB
 *                                        │ ▲             │
 *                                        │ └─────────────┘
 *                                        ▼ none
 *
 * A block's reference is the number of its chunk and its place there, and so
 * says how large it is. What is given back is threaded into a list through the
 * blocks themselves and goes to the next of its order; a block that fills a
 * chunk is dropped instead. All O(1).
 */

const CHUNK_BITS = 13;
const CHUNK_NUMBERS = 1 << CHUNK_BITS;

export interface Chunk {
  readonly order: number;
  /** The same memory twice. */
  readonly floats: Float64Array;
  readonly ints: Int32Array;
}

export class Slab {
  /** Number 0 stays empty, so that no reference is 0. */
  readonly #chunks: Chunk[] = [createChunk(0, 0)];
  /** By order: the first free block, and where the next fresh one would be. */
  readonly #free: number[] = [];
  readonly #fresh: number[] = [];
  /** Numbers of chunks that were dropped. */
  readonly #gone: number[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** A reference, never 0, to a block that may hold anything. */
  allocate(order: number): number {
    const free = this.#free[order] ?? 0;
    if (free !== 0) {
      this.#free[order] = this.chunkOf(free).floats[offsetOf(free)] ?? 0;
      return free;
    }
    const fresh = this.#fresh[order] ?? 0;
    // At offset 0 the chunk before is used up, or there is none.
    const ref = offsetOf(fresh) === 0 ? this.#open(order) : fresh;
    this.#fresh[order] = ref + (1 << order);
    return ref;
  }

  release(ref: number): void {
    const { order, floats } = this.chunkOf(ref);
    if (order < CHUNK_BITS) {
      floats[offsetOf(ref)] = this.#free[order] ?? 0;
      this.#free[order] = ref;
      return;
    }
    const number = ref >>> CHUNK_BITS;
    this.#bytes -= floats.byteLength;
    this.#chunks[number] = createChunk(0, 0);
    this.#gone.push(number);
  }

  /** Where a block lies: it begins at `offsetOf(ref)`. */
  chunkOf(ref: number): Chunk {
    const chunk = this.#chunks[ref >>> CHUNK_BITS];
    if (chunk === undefined) throw new RangeError("a reference to no block");
    return chunk;
  }

  #open(order: number): number {
    const chunk = createChunk(order, Math.max(CHUNK_NUMBERS, 1 << order));
    const number = this.#gone.pop() ?? this.#chunks.length;
    this.#chunks[number] = chunk;
    this.#bytes += chunk.floats.byteLength;
    return number << CHUNK_BITS;
  }
}

/** The first number of a block within its chunk. */
export function offsetOf(ref: number): number {
  return ref & (CHUNK_NUMBERS - 1);
}

function createChunk(order: number, numbers: number): Chunk {
  const floats = new Float64Array(numbers);
  return { order, floats, ints: new Int32Array(floats.buffer) };
}
