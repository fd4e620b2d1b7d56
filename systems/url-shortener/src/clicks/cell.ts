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

/** Of one click, in the order of `dimensions`. */
export type Keys = readonly [country: string, referrer: string, device: string, browser: string];

/** One click, reduced to what is counted. */
export interface CountedClick {
  bot: boolean;
  /** Undefined counts under `(other)`. */
  keys: Keys | undefined;
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
export function encodeTally(tally: Tally, keysMax: number): string {
  const kept = tally.size <= keysMax ? tally : largestFirst(tally).slice(0, keysMax);
  const parts: string[] = [];
  for (const [key, { human, bot }] of kept) parts.push(`${JSON.stringify(key)},${human},${bot}`);
  return `[${parts.join(",")}]`;
}

/** Adds what `encodeTally` wrote, as text or parsed. */
export function addEncoded(tally: Tally, encoded: unknown): void {
  const flat: unknown = typeof encoded === "string" ? JSON.parse(encoded) : encoded;
  if (!Array.isArray(flat)) return;
  for (let at = 0; at + 2 < flat.length; at += 3) {
    addToTally(tally, String(flat[at]), Number(flat[at + 1]), Number(flat[at + 2]));
  }
}

type Tallies = readonly [Tally, Tally, Tally, Tally];

function sameKeys(a: Keys, b: Keys): boolean {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];
}

export class Cell implements Count {
  human = 0;
  bot = 0;
  /** Visitors counted in what has lost its sketch. */
  #sealedVisitors = 0;
  #sketch: Sketch | undefined;
  /** Most cells of the log hold one click: it is kept as it came. */
  #only: CountedClick | undefined;
  /** Others hold a few alike: they get by without maps. */
  #alike: (Count & { keys: Keys }) | undefined;
  #tallies: Tallies | undefined;

  add(click: CountedClick): void {
    const isFirst = this.human + this.bot === 0 && this.#sealedVisitors === 0;
    if (click.bot) this.bot += 1;
    else this.human += 1;
    if (isFirst && click.keys !== undefined) {
      this.#only = click;
    } else {
      this.#unfold();
      this.#addDetail(click);
    }
  }

  /** From one click as it came to counts. */
  #unfold(): void {
    const only = this.#only;
    if (only === undefined) return;
    this.#only = undefined;
    this.#addDetail(only);
  }

  #addDetail({ bot, keys, visitor }: CountedClick): void {
    if (visitor !== undefined) (this.#sketch ??= new Sketch()).add(visitor);
    if (keys === undefined) return;
    const [human, bots] = bot ? [0, 1] : [1, 0];
    if (this.#tallies === undefined) {
      const alike = (this.#alike ??= { keys, human: 0, bot: 0 });
      if (sameKeys(alike.keys, keys)) {
        alike.human += human;
        alike.bot += bots;
        return;
      }
    }
    this.#addKeys(keys, human, bots);
  }

  /** Adds what `other` holds; visitors known by sketch in both are counted once. */
  merge(other: Cell): void {
    if (other.#only !== undefined) return this.add(other.#only);
    this.#unfold();
    this.human += other.human;
    this.bot += other.bot;
    this.#sealedVisitors += other.#sealedVisitors;
    if (other.#sketch !== undefined) (this.#sketch ??= new Sketch()).merge(other.#sketch);
    if (other.#alike !== undefined) {
      this.#addKeys(other.#alike.keys, other.#alike.human, other.#alike.bot);
    }
    if (other.#tallies === undefined) return;
    const tallies = this.#ownTallies();
    other.#tallies.forEach((tally, at) => {
      const into = tallies[at];
      if (into === undefined) return;
      for (const [key, { human, bot }] of tally) addToTally(into, key, human, bot);
    });
  }

  visitors(): number {
    if (this.#only !== undefined) return this.#only.visitor === undefined ? 0 : 1;
    return this.#sealedVisitors + (this.#sketch?.count() ?? 0);
  }

  /** Forgets who the visitors were and keeps how many. */
  seal(): void {
    this.#unfold();
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
    if (this.#tallies === undefined) return 0;
    return Math.max(...this.#tallies.map(({ size }) => size));
  }

  encode(keysMax: number): EncodedCell {
    this.#unfold();
    const [country, referrer, device, browser] = this.#encodeTallies(keysMax);
    return {
      human: this.human,
      bot: this.bot,
      visitors: this.visitors(),
      country,
      referrer,
      device,
      browser,
      sketch: this.#sketch?.toBytes() ?? null,
    };
  }

  /** Tallies may be text or what was parsed from it. */
  static decode(encoded: Omit<EncodedCell, Dimension> & Record<Dimension, unknown>): Cell {
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

  #encodeTallies(keysMax: number): [string, string, string, string] {
    if (this.#tallies !== undefined) {
      const [country, referrer, device, browser] = this.#tallies;
      return [
        encodeTally(country, keysMax),
        encodeTally(referrer, keysMax),
        encodeTally(device, keysMax),
        encodeTally(browser, keysMax),
      ];
    }
    if (this.#alike === undefined) return ["[]", "[]", "[]", "[]"];
    const { keys, human, bot } = this.#alike;
    const one = (key: string): string => `[${JSON.stringify(key)},${human},${bot}]`;
    return [one(keys[0]), one(keys[1]), one(keys[2]), one(keys[3])];
  }

  #ownTallies(): Tallies {
    if (this.#tallies === undefined) {
      this.#tallies = [new Map(), new Map(), new Map(), new Map()];
      const alike = this.#alike;
      this.#alike = undefined;
      if (alike !== undefined) this.#addKeys(alike.keys, alike.human, alike.bot);
    }
    return this.#tallies;
  }

  #addKeys(keys: Keys, human: number, bot: number): void {
    const [country, referrer, device, browser] = this.#ownTallies();
    addToTally(country, keys[0], human, bot);
    addToTally(referrer, keys[1], human, bot);
    addToTally(device, keys[2], human, bot);
    addToTally(browser, keys[3], human, bot);
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
