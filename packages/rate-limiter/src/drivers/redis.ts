/**
 * Limits in Redis, shared by every process that asks: one script call, one
 * round trip, for any number of limits, and for all calls of one turn of the
 * event loop together. Redis decides by its own clock.
 *
 * Keys are `<prefix>{<tag>}<key>:<kind>:<limit>`. The tag picks the cluster's
 * node. By default it is the key, so that limits spread over all nodes, and those
 * of one key (per second, per hour) are decided together. A call about several
 * tags asks their nodes at once (`redis/apart.ts`).
 */
import { systemClock, systemRandom, type Clock, type Random } from "@tenfold/core";
import { assertCharges, assertCost, assertPenalty } from "../charge.ts";
import { joinDecisions, type Decision, type JointDecision } from "../decision.ts";
import type { Limit } from "../limit.ts";
import type { Charge, Limiter, Reservation } from "../limiter.ts";
import { takeApart } from "../redis/apart.ts";
import { argumentsOf, decisionAt, type LimitArguments } from "../redis/arguments.ts";
import { Batcher, type Mode, type ScriptAnswer } from "../redis/batcher.ts";
import type { RedisClient } from "../redis/client.ts";
import { settlements } from "../settle.ts";

export interface RedisLimiterDeps {
  readonly client: RedisClient;
  /** Picks the calendar's day; nothing else is decided by it. Default: the machine's. */
  readonly clock?: Clock;
  /** Names the holders of concurrency limits. Default: the operating system's. */
  readonly random?: Random;
}

export interface RedisLimiterOptions {
  /** Begins every key; without braces. */
  readonly prefix: string;
  /** The cluster's hash tag of a key. Where one call's are equal, it is one round trip and atomic. */
  readonly tagOf: (key: string, limit: Limit) => string;
  /** Calls of one turn that travel together, at most 100. In a cluster, only those of one tag do. */
  readonly batchMax: number;
}

export const redisLimiterDefaults: RedisLimiterOptions = Object.freeze({
  prefix: "limit:",
  tagOf: (key: string) => key,
  batchMax: 16,
});

/** A limiter on the client's Redis, 6.2 or newer. Rejects with what the client rejects with. */
export function redisLimiter(
  deps: RedisLimiterDeps,
  options: Partial<RedisLimiterOptions> = {},
): Limiter<"later"> {
  return new RedisDriver(deps, { ...redisLimiterDefaults, ...options });
}

class RedisDriver implements Limiter<"later"> {
  readonly #clock: Clock;
  readonly #options: RedisLimiterOptions;
  readonly #batcher: Batcher;
  readonly #isCluster: boolean;
  readonly #arguments = new WeakMap<Limit, LimitArguments>();
  readonly #process: string;
  #tokens = 0;

  constructor(deps: RedisLimiterDeps, options: RedisLimiterOptions) {
    this.#clock = deps.clock ?? systemClock;
    this.#options = options;
    this.#batcher = new Batcher(deps.client, options.batchMax);
    this.#isCluster = deps.client.isCluster === true;
    this.#process = Array.from((deps.random ?? systemRandom).bytes(8), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join("");
  }

  consume(limit: Limit, key: string, cost = 1): Promise<Decision> {
    assertCost(cost);
    return this.#one("take", { limit, key, cost });
  }

  consumeUpTo(limit: Limit, key: string, most: number): Promise<Decision> {
    assertCost(most);
    return this.#one("some", { limit, key, cost: most });
  }

  peek(limit: Limit, key: string): Promise<Decision> {
    return this.#one("look", { limit, key, cost: 0 });
  }

  penalize(limit: Limit, key: string, units: number): Promise<Decision> {
    assertPenalty({ limit, key, cost: units });
    return this.#one("force", { limit, key, cost: units });
  }

  async consumeAll(charges: readonly Charge[]): Promise<JointDecision> {
    return this.#all(charges, this.#nextToken());
  }

  async reserve(charges: readonly Charge[]): Promise<Reservation<"later">> {
    const token = this.#nextToken();
    const decision = await this.#all(charges, token);
    let open = decision.allowed;
    const settle = async (cost?: number): Promise<void> => {
      if (cost !== undefined) assertCost(cost);
      if (!open) return;
      open = false;
      await Promise.all(
        settlements({ charges, decision, cost }).map((due) => this.#settle(due, token)),
      );
    };
    return { decision, settle };
  }

  async reset(limit: Limit, key: string): Promise<void> {
    await this.#one("reset", { limit, key, cost: 0 });
  }

  async #one(mode: Mode, charge: Charge): Promise<Decision> {
    const { values, first } = await this.#send(mode, [charge], this.#nextToken());
    return decisionAt(values, first, charge.limit);
  }

  async #all(charges: readonly Charge[], token: string): Promise<JointDecision> {
    assertCharges(charges);
    if (charges.length === 0) return joinDecisions([], []);
    const groups = this.#isCluster ? this.#byTag(charges) : [charges];
    if (groups.length === 1) return this.#together(charges, token);
    const take = (some: readonly Charge[]) => this.#together(some, token);
    const giveBack = (charge: Charge) => this.#settle(charge, token);
    return takeApart({ take, giveBack }, groups, charges);
  }

  /** Charges by their tags, in the order of each tag's first. */
  #byTag(charges: readonly Charge[]): readonly (readonly Charge[])[] {
    const groups = new Map<string, Charge[]>();
    for (const charge of charges) {
      const tag = this.#options.tagOf(charge.key, charge.limit);
      const group = groups.get(tag);
      if (group === undefined) groups.set(tag, [charge]);
      else group.push(charge);
    }
    return [...groups.values()];
  }

  async #together(charges: readonly Charge[], token: string): Promise<JointDecision> {
    const { values, first } = await this.#send("take", charges, token);
    const parts: Decision[] = [];
    const shadows: Decision[] = [];
    for (const [index, { limit }] of charges.entries()) {
      (limit.shadow ? shadows : parts).push(decisionAt(values, first + index, limit));
    }
    return joinDecisions(parts, shadows);
  }

  async #settle({ limit, key, cost = 0 }: Charge, token: string): Promise<void> {
    if (limit.algorithm !== "concurrency") return void (await this.penalize(limit, key, cost));
    await this.#send("release", [{ limit, key, cost }], token);
  }

  #send(mode: Mode, charges: readonly Charge[], token: string): Promise<ScriptAnswer> {
    const [first] = charges;
    const limits = charges.map(({ limit }) => this.#argumentsOf(limit));
    return this.#batcher.run({
      mode,
      token: limits.some(({ kind }) => kind === "holders") ? token : "",
      tag: first === undefined ? "" : this.#options.tagOf(first.key, first.limit),
      keys: charges.map(({ limit, key }) => this.#keyOf(limit, key)),
      limits,
      costs: charges.map(({ cost = 1 }) => cost),
    });
  }

  #argumentsOf(limit: Limit): LimitArguments {
    let made = this.#arguments.get(limit);
    if (made === undefined) {
      made = argumentsOf(limit, this.#clock);
      this.#arguments.set(limit, made);
    }
    return made;
  }

  /** The tag begins with a colon: an empty one would not count as a tag. */
  #keyOf(limit: Limit, key: string): string {
    const { prefix, tagOf } = this.#options;
    return `${prefix}{:${tagOf(key, limit)}}${key}:${limit.algorithm}:${limit.name}`;
  }

  #nextToken(): string {
    return `${this.#process}-${++this.#tokens}`;
  }
}
