/**
 * How many different visitors, in bounded space and mergeable.
 *
 * Up to 512 visitors the set itself is kept and the count is exact. Beyond,
 * it turns into a HyperLogLog of 4,096 registers (Flajolet et al., 2007): a
 * register holds the longest run of leading zeros seen among the hashes that
 * fall to it, so that a union is the maximum of each register. The estimator
 * is Ertl's (arXiv 1702.01284, algorithm 6), which needs no correction tables;
 * its standard error is 1.04 / √4096 = 1.6 %.
 *
 *   stored exact    00 | hash, 6 bytes, big endian | hash | …
 *   stored sketch   01 | 4,096 registers, one byte each
 */

const exactMax = 512;
const indexBits = 12;
const registerCount = 2 ** indexBits;
/** Bits of a hash that are left for counting zeros. */
const runBits = 48 - indexBits;
const runRange = 2 ** runBits;

function addTo(registers: Uint8Array, hash: number): void {
  const index = Math.floor(hash / runRange);
  const rest = hash % runRange;
  // The position of the first one, counted from 1 over 36 bits.
  const high = Math.floor(rest / 2 ** 32);
  const highBits = runBits - 32;
  const zeros = high > 0 ? Math.clz32(high) - (32 - highBits) : highBits + Math.clz32(rest >>> 0);
  const run = zeros + 1;
  if (run > (registers[index] ?? 0)) registers[index] = run;
}

function sigma(ratio: number): number {
  if (ratio === 1) return Infinity;
  let power = ratio;
  let weight = 1;
  let sum = ratio;
  for (let before = -1; before !== sum;) {
    before = sum;
    power *= power;
    sum += power * weight;
    weight += weight;
  }
  return sum;
}

function tau(ratio: number): number {
  if (ratio === 0 || ratio === 1) return 0;
  let root = ratio;
  let weight = 1;
  let sum = 1 - ratio;
  for (let before = -1; before !== sum;) {
    before = sum;
    root = Math.sqrt(root);
    weight *= 0.5;
    sum -= (1 - root) ** 2 * weight;
  }
  return sum / 3;
}

function estimate(registers: Uint8Array): number {
  const histogram = new Float64Array(runBits + 2);
  for (const run of registers) histogram[run] = (histogram[run] ?? 0) + 1;
  let sum = registerCount * tau(1 - (histogram[runBits + 1] ?? 0) / registerCount);
  for (let run = runBits; run >= 1; run -= 1) sum = 0.5 * (sum + (histogram[run] ?? 0));
  sum += registerCount * sigma((histogram[0] ?? 0) / registerCount);
  return Math.round(((0.5 / Math.LN2) * registerCount * registerCount) / sum);
}

export class Sketch {
  /** Most cells know one visitor, who needs no set. */
  #single: number | undefined;
  #exact: Set<number> | undefined;
  #registers: Uint8Array | undefined;

  /** Takes a hash of 48 evenly spread bits. */
  add(hash: number): void {
    if (this.#registers !== undefined) return addTo(this.#registers, hash);
    if (this.#exact === undefined) {
      this.#single ??= hash;
      if (this.#single === hash) return;
      this.#exact = new Set([this.#single]);
    }
    this.#exact.add(hash);
    if (this.#exact.size > exactMax) this.#condense();
  }

  /** Becomes the union. */
  merge(other: Sketch): void {
    for (const hash of other.#hashes()) this.add(hash);
    if (other.#registers === undefined) return;
    const registers = this.#condense();
    other.#registers.forEach((run, index) => {
      if (run > (registers[index] ?? 0)) registers[index] = run;
    });
  }

  /** Exact up to 512, an estimate above. */
  count(): number {
    if (this.#registers !== undefined) return estimate(this.#registers);
    return this.#exact?.size ?? (this.#single === undefined ? 0 : 1);
  }

  toBytes(): Buffer {
    if (this.#registers !== undefined) return Buffer.concat([Buffer.of(1), this.#registers]);
    const bytes = Buffer.alloc(1 + 6 * this.count());
    let at = 1;
    for (const hash of this.#hashes()) at = bytes.writeUIntBE(hash, at, 6);
    return bytes;
  }

  static fromBytes(bytes: Buffer): Sketch {
    const sketch = new Sketch();
    if (bytes[0] === 1) {
      sketch.#condense().set(bytes.subarray(1, 1 + registerCount));
    } else {
      for (let at = 1; at + 6 <= bytes.length; at += 6) sketch.add(bytes.readUIntBE(at, 6));
    }
    return sketch;
  }

  /** Those kept one by one: none once there are registers. */
  #hashes(): Iterable<number> {
    return this.#exact ?? (this.#single === undefined ? [] : [this.#single]);
  }

  #condense(): Uint8Array {
    if (this.#registers === undefined) {
      this.#registers = new Uint8Array(registerCount);
      for (const hash of this.#hashes()) addTo(this.#registers, hash);
      this.#exact = undefined;
      this.#single = undefined;
    }
    return this.#registers;
  }
}
