/**
 * Quota in blocks: a process takes some units from the shared store at once
 * and spends them by itself, without asking.
 *
 *   store    ███████████████████████░░░░░░░░░  charged when a block is taken
 *   process        └▶ block ██████░░░          spent at memory's speed
 *
 * A block starts at what was asked for and doubles whenever it is used up
 * within its lease, up to `blockShare` of the limit; so who asks seldom is
 * decided by the store each time, and who asks much, seldom. The next block is
 * fetched before one ends. What is not spent when the lease ends is lost.
 *
 * The bound: units are charged in the store up to `leaseMs` before they are
 * spent, never after. In any window all processes together grant at most what
 * the store does, plus one block each: `limit × (1 + processes × blockShare)`.
 * And a process may lose one block per key and lease: it errs on both sides.
 */
import { systemClock, type Clock } from "@tenfold/core";
import { assertCharges, assertCost } from "../charge.ts";
import { joinDecisions, type Decision, type JointDecision } from "../decision.ts";
import type { Limit } from "../limit.ts";
import type { Charge, Limiter, Reservation } from "../limiter.ts";
import { Blocks, type Block } from "./blocks.ts";

export interface LeasedLimiterDeps {
  /** Where blocks are taken: a `redisLimiter` or a `guardedLimiter`. */
  readonly limiter: Limiter;
  readonly clock?: Clock;
}

export interface LeasedLimiterOptions {
  /** The largest block, as a part of the limit; at least one unit. */
  readonly blockShare: number;
  /** How long a block may be spent. */
  readonly leaseMs: number;
  /** Keys with a block; those beyond are decided by the store. */
  readonly keysMax: number;
}

export const leasedLimiterDefaults: LeasedLimiterOptions = Object.freeze({
  blockShare: 0.05,
  leaseMs: 1_000,
  keysMax: 100_000,
});

/** Answers at once while there is a block, and with a promise where the store is asked. */
export function leasedLimiter(
  deps: LeasedLimiterDeps,
  options: Partial<LeasedLimiterOptions> = {},
): Limiter {
  return new LeasedDriver(deps, { ...leasedLimiterDefaults, ...options });
}

class LeasedDriver implements Limiter {
  readonly #store: Limiter;
  readonly #clock: Clock;
  readonly #options: LeasedLimiterOptions;
  readonly #blocks: Blocks;

  constructor({ limiter, clock = systemClock }: LeasedLimiterDeps, options: LeasedLimiterOptions) {
    this.#store = limiter;
    this.#clock = clock;
    this.#options = options;
    this.#blocks = new Blocks(options.keysMax);
  }

  consume(limit: Limit, key: string, cost = 1): Decision | Promise<Decision> {
    assertCost(cost);
    const nowMs = this.#clock.monotonic();
    const block = isLeased(limit) && cost > 0 ? this.#blocks.open(limit, key, nowMs) : undefined;
    if (block === undefined) return this.#store.consume(limit, key, cost);
    if (canSpend(block, cost, nowMs)) return this.#spend(block, { limit, key, cost }, nowMs);
    if (nowMs < block.refusedUntilMs && cost >= block.refusedCost) {
      return this.#refuse(block, limit, nowMs);
    }
    return this.#fetchAndSpend(block, { limit, key, cost });
  }

  consumeAll(charges: readonly Charge[]): JointDecision | Promise<JointDecision> {
    assertCharges(charges);
    const nowMs = this.#clock.monotonic();
    const blocks = charges.map(({ limit, key }) =>
      isLeased(limit) && !limit.shadow ? this.#blocks.open(limit, key, nowMs) : undefined,
    );
    const ready = charges.every(({ cost = 1 }, index) => {
      const block = blocks[index];
      return block !== undefined && canSpend(block, cost, nowMs);
    });
    if (!ready) {
      this.#prefetch(charges, blocks, nowMs);
      return this.#store.consumeAll(charges);
    }
    const parts: Decision[] = [];
    for (const [index, charge] of charges.entries()) {
      const block = blocks[index];
      if (block !== undefined) parts.push(this.#spend(block, charge, nowMs));
    }
    return joinDecisions(parts, []);
  }

  consumeUpTo(limit: Limit, key: string, most: number): Decision | Promise<Decision> {
    return this.#store.consumeUpTo(limit, key, most);
  }

  reserve(charges: readonly Charge[]): Reservation | Promise<Reservation> {
    return this.#store.reserve(charges);
  }

  peek(limit: Limit, key: string): Decision | Promise<Decision> {
    return this.#store.peek(limit, key);
  }

  penalize(limit: Limit, key: string, units: number): Decision | Promise<Decision> {
    return this.#store.penalize(limit, key, units);
  }

  reset(limit: Limit, key: string): void | Promise<void> {
    this.#blocks.forget(limit, key);
    return this.#store.reset(limit, key);
  }

  #spend(block: Block, { limit, key, cost = 1 }: Charge, nowMs: number): Decision {
    block.left -= cost;
    const isLow = block.size > 1 && block.left * 4 < block.size;
    if (isLow && block.fetching === undefined && nowMs >= block.refusedUntilMs) {
      // Nobody waits for it; who needs it later asks again and sees the failure.
      this.#fetch(block, { limit, key }).catch(() => undefined);
    }
    return {
      allowed: true,
      rule: limit.name,
      limit: limit.capacity,
      remaining: block.remaining + block.left,
      granted: cost,
      waitMs: 0,
      retryAfterMs: 0,
      resetMs: block.resetMs,
    };
  }

  /** The store said how long it has nothing; until then it need not be asked. */
  #refuse(block: Block, limit: Limit, nowMs: number): Decision {
    return {
      allowed: false,
      rule: limit.name,
      limit: limit.capacity,
      remaining: block.left,
      granted: 0,
      waitMs: 0,
      retryAfterMs: Math.ceil(block.refusedUntilMs - nowMs),
      resetMs: block.resetMs,
    };
  }

  async #fetchAndSpend(block: Block, charge: Charge): Promise<Decision> {
    const { limit, key, cost = 1 } = charge;
    for (let attempt = 0; attempt < 2; attempt++) {
      const decision = await (block.fetching ?? this.#fetch(block, charge));
      const nowMs = this.#clock.monotonic();
      if (canSpend(block, cost, nowMs)) return this.#spend(block, charge, nowMs);
      if (!decision.allowed) break;
    }
    // Others were quicker, or it is more than a block: the store decides about all of it.
    const decision = await this.#store.consume(limit, key, cost);
    if (!decision.allowed) this.#noteRefusal(block, decision, cost);
    return decision;
  }

  /** One fetch at a time for each block. */
  #fetch(block: Block, { limit, key, cost = 1 }: Charge): Promise<Decision> {
    const { blockShare, leaseMs } = this.#options;
    const sizeMax = Math.max(1, Math.floor(limit.capacity * blockShare));
    const nowMs = this.#clock.monotonic();
    const usedUp = nowMs < block.endMs;
    block.size = Math.max(cost, Math.min(sizeMax, usedUp ? block.size * 2 : 1));
    const fetch = async (): Promise<Decision> => {
      try {
        const decision = await this.#store.consumeUpTo(limit, key, block.size);
        const thenMs = this.#clock.monotonic();
        if (thenMs >= block.endMs) block.left = 0;
        block.left += decision.granted;
        block.endMs = thenMs + leaseMs;
        block.remaining = decision.remaining;
        block.resetMs = decision.resetMs;
        if (!decision.allowed) this.#noteRefusal(block, decision, 1);
        return decision;
      } finally {
        block.fetching = undefined;
      }
    };
    block.fetching = fetch();
    return block.fetching;
  }

  #prefetch(
    charges: readonly Charge[],
    blocks: readonly (Block | undefined)[],
    nowMs: number,
  ): void {
    for (const [index, { limit, key, cost = 1 }] of charges.entries()) {
      const block = blocks[index];
      if (block === undefined || block.fetching !== undefined) continue;
      if (canSpend(block, cost, nowMs) || nowMs < block.refusedUntilMs) continue;
      // As above: a failure shows where somebody waits.
      this.#fetch(block, { limit, key }).catch(() => undefined);
    }
  }

  #noteRefusal(block: Block, { retryAfterMs }: Decision, cost: number): void {
    if (!Number.isFinite(retryAfterMs)) return;
    block.refusedUntilMs = this.#clock.monotonic() + retryAfterMs;
    block.refusedCost = cost;
  }
}

function canSpend(block: Block, cost: number, nowMs: number): boolean {
  return block.left >= cost && nowMs < block.endMs;
}

/** A queue's turn and a held slot cannot be taken in advance. */
function isLeased({ algorithm }: Limit): boolean {
  return algorithm !== "leaking-bucket" && algorithm !== "concurrency";
}
