/** Measured times, and when the next call is due. What the load generators share. */

/** Of one run, in ms. */
export interface Quantiles {
  p50Ms: number;
  p99Ms: number;
  p999Ms: number;
  maxMs: number;
}

/** Numbers without objects, so that the generator's own garbage collector stays out of them. */
export class Latencies {
  #values = new Float64Array(1 << 20);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(ms: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(2 * this.#count);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count++] = ms;
  }

  quantiles(): Quantiles {
    const sorted = this.#values.slice(0, this.#count).sort();
    const at = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
    return {
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      p999Ms: at(0.999),
      maxMs: sorted.at(-1) ?? Number.NaN,
    };
  }
}

export interface Pace<Connection> {
  wholeMs: number;
  /** Calls per second. */
  rate: number;
  /** The generator shares its core: wait by timer instead of looking all the time. */
  shared: boolean;
  /** Free to take a call. */
  idle: Connection[];
  /** Calls that found nobody free, by when they were due. */
  due: number[];
  send: (connection: Connection, dueMs: number) => void;
  startedMs: number;
}

/** An open loop: calls are due at a rate, whether or not answers come. */
export async function pace<Connection>(plan: Pace<Connection>): Promise<void> {
  const { wholeMs, rate, shared, idle, due, send, startedMs } = plan;
  let planned = 0;
  for (;;) {
    const nowMs = performance.now();
    if (nowMs - startedMs >= wholeMs) return;
    const target = ((nowMs - startedMs) * rate) / 1000;
    for (; planned < target; planned++) {
      const dueMs = startedMs + (planned * 1000) / rate;
      const connection = idle.pop();
      if (connection === undefined) due.push(dueMs);
      else send(connection, dueMs);
    }
    // With a core of its own a timer would be late by up to a millisecond.
    await new Promise((resolve) => (shared ? setTimeout(resolve, 1) : setImmediate(resolve)));
  }
}
