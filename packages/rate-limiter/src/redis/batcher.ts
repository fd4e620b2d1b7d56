/**
 * Calls that are made in the same turn of the event loop travel together: as
 * one script call, so that one round trip decides about all of them. Nothing
 * waits for company: what is there when the turn ends is sent.
 */
import { createScriptRunner, type RedisClient, type ScriptRunner } from "./client.ts";
import type { LimitArguments } from "./arguments.ts";
import { scriptOf, type Kind } from "./script.ts";

/** What the script is to do with the charges of a call: see `script.ts`. */
export type Mode = "take" | "some" | "look" | "force" | "release" | "reset";

/** One call; `keys`, `limits` and `costs` have an entry for each of its charges. */
export interface ScriptCall {
  readonly mode: Mode;
  /** Names the units taken from concurrency limits. */
  readonly token: string;
  /** Where the keys lie in a cluster. */
  readonly tag: string;
  readonly keys: readonly string[];
  readonly limits: readonly LimitArguments[];
  readonly costs: readonly number[];
}

/** A script's answer, of which this call's part begins at charge `first`. */
export interface ScriptAnswer {
  readonly values: readonly unknown[];
  readonly first: number;
}

/** With 64 charges each, as many keys as Lua can hand to one command. */
const BATCH_MAX = 100;

interface Waiting {
  readonly call: ScriptCall;
  readonly resolve: (answer: ScriptAnswer) => void;
  readonly reject: (error: unknown) => void;
}

export class Batcher {
  readonly #client: RedisClient;
  readonly #batchMax: number;
  readonly #runners = new Map<string, ScriptRunner>();
  #waiting: Waiting[] = [];

  /** At most `batchMax` calls travel together. */
  constructor(client: RedisClient, batchMax: number) {
    this.#client = client;
    this.#batchMax = Math.min(batchMax, BATCH_MAX);
  }

  run(call: ScriptCall): Promise<ScriptAnswer> {
    return new Promise((resolve, reject) => {
      // After all that this turn's answers have set going.
      if (this.#waiting.length === 0) process.nextTick(() => this.#flush());
      this.#waiting.push({ call, resolve, reject });
    });
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const apart = this.#client.isCluster === true ? byTag(waiting) : [waiting];
    for (const together of apart) {
      for (let from = 0; from < together.length; from += this.#batchMax) {
        void this.#send(together.slice(from, from + this.#batchMax));
      }
    }
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    const { keys, args, kinds } = argumentsOfAll(batch);
    try {
      const values = await this.#runnerOf(kinds)(keys, args);
      if (!Array.isArray(values)) throw new TypeError("Redis did not answer with a list");
      let first = 0;
      for (const { call, resolve } of batch) {
        resolve({ values, first });
        first += call.keys.length;
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  #runnerOf(kinds: ReadonlySet<Kind>): ScriptRunner {
    const id = [...kinds].toSorted().join();
    let runner = this.#runners.get(id);
    if (runner === undefined) {
      runner = createScriptRunner(this.#client, scriptOf(kinds));
      this.#runners.set(id, runner);
    }
    return runner;
  }
}

/** Each limit is told once, however many calls are about it, and so is each shape of a call. */
function argumentsOfAll(batch: readonly Waiting[]): {
  readonly keys: string[];
  readonly args: string[];
  readonly kinds: ReadonlySet<Kind>;
} {
  const keys: string[] = [];
  const calls: string[] = [];
  const limits = new Map<LimitArguments, string>();
  const shapes = new Map<string, string>();
  const kinds = new Set<Kind>();
  const told: string[] = [];
  const shaped: string[] = [];
  for (const { call } of batch) {
    const shape = [call.mode, call.token, String(call.keys.length)];
    for (const [index, limit] of call.limits.entries()) {
      let place = limits.get(limit);
      if (place === undefined) {
        place = String(limits.size + 1);
        limits.set(limit, place);
        kinds.add(limit.kind);
        told.push(...limit.list());
      }
      keys.push(call.keys[index] ?? "");
      shape.push(place, String(call.costs[index]));
    }
    const id = shape.join();
    let place = shapes.get(id);
    if (place === undefined) {
      place = String(shapes.size + 1);
      shapes.set(id, place);
      shaped.push(...shape);
    }
    calls.push(place);
  }
  const args = [String(limits.size), ...told, String(shapes.size), ...shaped, ...calls];
  return { keys, args, kinds };
}

function byTag(waiting: readonly Waiting[]): Waiting[][] {
  const groups = new Map<string, Waiting[]>();
  for (const each of waiting) {
    const group = groups.get(each.call.tag);
    if (group === undefined) groups.set(each.call.tag, [each]);
    else group.push(each);
  }
  return [...groups.values()];
}
