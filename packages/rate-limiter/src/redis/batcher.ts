/**
 * Calls that are made in the same turn of the event loop travel together: as
 * one script call, so that one round trip decides about all of them. Nothing
 * waits for company: what is there when the turn ends is sent.
 */
import { createScriptRunner, type RedisClient, type ScriptRunner } from "./client.ts";
import { scriptOf, type Kind } from "./script.ts";

/** One call: its limits' keys and kinds, and its arguments for the script. */
export interface ScriptCall {
  /** Where the keys lie in a cluster. */
  readonly tag: string;
  readonly keys: readonly string[];
  readonly kinds: readonly Kind[];
  readonly args: readonly string[];
}

/** A script's answer, of which this call's part begins at limit `first`. */
export interface ScriptAnswer {
  readonly values: readonly unknown[];
  readonly first: number;
}

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
    this.#batchMax = batchMax;
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
    const keys: string[] = [];
    const args: string[] = [];
    const kinds = new Set<Kind>();
    for (const { call } of batch) {
      keys.push(...call.keys);
      args.push(...call.args);
      for (const kind of call.kinds) kinds.add(kind);
    }
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

function byTag(waiting: readonly Waiting[]): Waiting[][] {
  const groups = new Map<string, Waiting[]>();
  for (const each of waiting) {
    const group = groups.get(each.call.tag);
    if (group === undefined) groups.set(each.call.tag, [each]);
    else group.push(each);
  }
  return [...groups.values()];
}
