/** The blocks of quota that this process holds. */
import type { Decision } from "../decision.ts";
import type { Limit } from "../limit.ts";

export interface Block {
  /** Units not yet spent, and until when they may be. */
  left: number;
  endMs: number;
  /** Units asked for last. */
  size: number;
  /** What the store said when the block was taken. */
  remaining: number;
  resetMs: number;
  /** Until then the store has no `refusedCost` units. */
  refusedUntilMs: number;
  refusedCost: number;
  fetching: Promise<Decision> | undefined;
}

/** Slots looked at for something to throw away, for each new key. */
const SWEEP = 8;

export class Blocks {
  readonly #keysMax: number;
  readonly #byLimit = new Map<string, Map<string, Block>>();
  #count = 0;

  constructor(keysMax: number) {
    this.#keysMax = keysMax;
  }

  /** The block of a key, made when there is room; else `undefined`. */
  open(limit: Limit, key: string, nowMs: number): Block | undefined {
    const blocks = this.#blocksOf(limit);
    const found = blocks.get(key);
    if (found !== undefined) return found;
    this.#sweep(blocks, nowMs);
    if (this.#count >= this.#keysMax) return undefined;
    const block: Block = {
      left: 0,
      endMs: 0,
      size: 1,
      remaining: 0,
      resetMs: 0,
      refusedUntilMs: 0,
      refusedCost: 1,
      fetching: undefined,
    };
    blocks.set(key, block);
    this.#count++;
    return block;
  }

  forget(limit: Limit, key: string): void {
    if (this.#blocksOf(limit).delete(key)) this.#count--;
  }

  #blocksOf({ name, algorithm }: Limit): Map<string, Block> {
    const id = `${algorithm} ${name}`;
    let blocks = this.#byLimit.get(id);
    if (blocks === undefined) {
      blocks = new Map();
      this.#byLimit.set(id, blocks);
    }
    return blocks;
  }

  /** Throws away a few of the oldest that hold nothing; the others go to the end. */
  #sweep(blocks: Map<string, Block>, nowMs: number): void {
    let looked = 0;
    for (const [key, block] of blocks) {
      if (looked++ === SWEEP) return;
      blocks.delete(key);
      if (block.fetching !== undefined || nowMs < Math.max(block.endMs, block.refusedUntilMs)) {
        blocks.set(key, block);
      } else {
        this.#count--;
      }
    }
  }
}
