/**
 * What is known about one link's clicks in one hour, day or month:
 *
 *   human, bot      exact
 *   visitors        different people; a sketch while the day is open, then a number
 *   tallies         clicks by country, referrer, device, browser
 *
 * A tally is bounded: it keeps its largest keys, and what they do not account
 * for is the difference to the exact sum, shown as `(other)`. So a cell may
 * lose detail but never a click.
 */
import { Sketch } from "./sketch.ts";

export const dimensions = ["country", "referrer", "device", "browser"] as const;
export type Dimension = (typeof dimensions)[number];

export interface Count {
  human: number;
  bot: number;
}

export type Tally = Map<string, Count>;

/** One click, reduced to what is counted. */
export interface CountedClick {
  bot: boolean;
  /** In the order of `dimensions`; undefined counts under `(other)`. */
  keys: readonly [string, string, string, string] | undefined;
  /** 48 bits; undefined for bots, who are no visitors. */
  visitor: number | undefined;
}

/** Adds to one key. */
export function addToTally(tally: Tally, key: string, human: number, bot: number): void {
  const count = tally.get(key);
  if (count === undefined) {
    tally.set(key, { human, bot });
  } else {
    count.human += human;
    count.bot += bot;
  }
}

/** Entries by size, largest first; equals by name, so that the order is the same everywhere. */
export function largestFirst(tally: Tally): [string, Count][] {
  return [...tally].sort(
    ([nameA, a], [nameB, b]) =>
      b.human + b.bot - (a.human + a.bot) || (nameA < nameB ? -1 : nameA > nameB ? 1 : 0),
  );
}

/** `["DE",3,1,"FR",2,0]`: key, human, bot, and so on; the largest `keysMax` of them. */
export function encodeTally(tally: Tally | undefined, keysMax: number): string {
  if (tally === undefined || tally.size === 0) return "[]";
  const kept = tally.size <= keysMax ? tally : largestFirst(tally).slice(0, keysMax);
  const parts: string[] = [];
  for (const [key, { human, bot }] of kept) parts.push(`${JSON.stringify(key)},${human},${bot}`);
  return `[${parts.join(",")}]`;
}

/** Adds what `encodeTally` wrote. */
export function addEncoded(tally: Tally, text: string): void {
  const flat: unknown = JSON.parse(text);
  if (!Array.isArray(flat)) return;
  for (let at = 0; at + 2 < flat.length; at += 3) {
    addToTally(tally, String(flat[at]), Number(flat[at + 1]), Number(flat[at + 2]));
  }
}

export class Cell implements Count {
  human = 0;
  bot = 0;
  /** Visitors counted in what has lost its sketch. */
  #sealedVisitors = 0;
  #sketch: Sketch | undefined;
  #tallies: readonly [Tally, Tally, Tally, Tally] | undefined;

  add({ bot, keys, visitor }: CountedClick): void {
    if (bot) this.bot += 1;
    else this.human += 1;
    if (visitor !== undefined) (this.#sketch ??= new Sketch()).add(visitor);
    if (keys === undefined) return;
    const tallies = this.#ownTallies();
    for (let at = 0; at < tallies.length; at += 1) {
      const tally = tallies[at];
      const key = keys[at];
      if (tally !== undefined && key !== undefined)
        addToTally(tally, key, bot ? 0 : 1, bot ? 1 : 0);
    }
  }

  /** Adds what `other` holds; visitors known by sketch in both are counted once. */
  merge(other: Cell): void {
    this.human += other.human;
    this.bot += other.bot;
    this.#sealedVisitors += other.#sealedVisitors;
    if (other.#sketch !== undefined) (this.#sketch ??= new Sketch()).merge(other.#sketch);
    if (other.#tallies === undefined) return;
    const tallies = this.#ownTallies();
    other.#tallies.forEach((tally, at) => {
      const into = tallies[at];
      if (into === undefined) return;
      for (const [key, { human, bot }] of tally) addToTally(into, key, human, bot);
    });
  }

  visitors(): number {
    return this.#sealedVisitors + (this.#sketch?.count() ?? 0);
  }

  /** Forgets who the visitors were and keeps how many. */
  seal(): void {
    this.#sealedVisitors = this.visitors();
    this.#sketch = undefined;
  }

  /** Drops the smallest keys of tallies that have outgrown `keysMax`. */
  trim(keysMax: number): void {
    for (const tally of this.#tallies ?? []) {
      if (tally.size <= keysMax) continue;
      for (const [key] of largestFirst(tally).slice(keysMax)) tally.delete(key);
    }
  }

  /** The largest number of keys in any tally. */
  get keys(): number {
    return Math.max(0, ...(this.#tallies ?? []).map(({ size }) => size));
  }

  encode(keysMax: number): EncodedCell {
    const [country, referrer, device, browser] = this.#tallies ?? [];
    return {
      human: this.human,
      bot: this.bot,
      visitors: this.visitors(),
      country: encodeTally(country, keysMax),
      referrer: encodeTally(referrer, keysMax),
      device: encodeTally(device, keysMax),
      browser: encodeTally(browser, keysMax),
      sketch: this.#sketch?.toBytes() ?? null,
    };
  }

  static decode(encoded: EncodedCell): Cell {
    const cell = new Cell();
    cell.human = encoded.human;
    cell.bot = encoded.bot;
    if (encoded.sketch === null) cell.#sealedVisitors = encoded.visitors;
    else cell.#sketch = Sketch.fromBytes(encoded.sketch);
    const tallies = cell.#ownTallies();
    dimensions.forEach((dimension, at) => {
      const tally = tallies[at];
      if (tally !== undefined) addEncoded(tally, encoded[dimension]);
    });
    return cell;
  }

  #ownTallies(): readonly [Tally, Tally, Tally, Tally] {
    return (this.#tallies ??= [new Map(), new Map(), new Map(), new Map()]);
  }
}

/** As a row of the table holds it. Sealed cells have no sketch. */
export interface EncodedCell {
  human: number;
  bot: number;
  visitors: number;
  country: string;
  referrer: string;
  device: string;
  browser: string;
  sketch: Buffer | null;
}
