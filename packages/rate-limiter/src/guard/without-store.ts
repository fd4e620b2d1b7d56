/** Decisions while the store cannot be asked: each limit by its own policy. */
import { joinDecisions, type Decision } from "../decision.ts";
import type { MemoryLimiter } from "../drivers/memory.ts";
import type { Limit } from "../limit.ts";
import type { Charge, Reservation } from "../limiter.ts";
import { shareOf } from "./share.ts";

export interface WithoutStoreOptions {
  readonly replicas: number;
  /** What who is refused by policy is told to wait. */
  readonly retryAfterMs: number;
}

export class WithoutStore {
  readonly local: MemoryLimiter;
  readonly #options: WithoutStoreOptions;
  readonly #shares = new WeakMap<Limit, Limit>();

  constructor(local: MemoryLimiter, options: WithoutStoreOptions) {
    this.local = local;
    this.#options = options;
  }

  /** This replica's share of a limit; made once. */
  shareOf(limit: Limit): Limit {
    let share = this.#shares.get(limit);
    if (share === undefined) {
      share = shareOf(limit, this.#options.replicas);
      this.#shares.set(limit, share);
    }
    return share;
  }

  /** One limit: `decide` asks the local limiter about its share. */
  one(limit: Limit, decide: (share: Limit) => Decision): Decision {
    return limit.whenUnavailable === "local"
      ? decide(this.shareOf(limit))
      : this.#byPolicy(limit, limit.whenUnavailable === "allow");
  }

  /** Several, all or nothing. */
  reserve(charges: readonly Charge[]): Reservation<"now"> {
    const isLocal = ({ limit }: Charge): boolean => limit.whenUnavailable === "local";
    const refuses = charges.some(
      ({ limit }) => limit.whenUnavailable === "refuse" && !limit.shadow,
    );
    const local = charges
      .filter(isLocal)
      .map((charge) => ({ ...charge, limit: this.shareOf(charge.limit) }));
    // Refused whatever the local limits say, so they are not charged.
    const asked = refuses ? local.map((charge) => ({ ...charge, cost: 0 })) : local;
    const { decision, settle } = this.local.reserve(asked);
    const parts: Decision[] = [];
    const shadows: Decision[] = [];
    const made = { parts: decision.parts.values(), shadows: decision.shadows.values() };
    for (const charge of charges) {
      const { limit } = charge;
      const next = isLocal(charge)
        ? made[limit.shadow ? "shadows" : "parts"].next().value
        : undefined;
      const allowed = limit.whenUnavailable === "allow";
      (limit.shadow ? shadows : parts).push(next ?? this.#byPolicy(limit, allowed));
    }
    return { decision: joinDecisions(parts, shadows), settle };
  }

  #byPolicy(limit: Limit, allowed: boolean): Decision {
    return {
      allowed,
      rule: limit.name,
      limit: limit.capacity,
      remaining: allowed ? limit.capacity : 0,
      granted: 0,
      waitMs: 0,
      retryAfterMs: allowed ? 0 : this.#options.retryAfterMs,
      resetMs: 0,
    };
  }
}
