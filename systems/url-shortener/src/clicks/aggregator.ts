/**
 * Raw clicks in memory until the next flush. `record` only pushes; parsing and
 * counting happen later, a slice at a time, so that no redirect waits for them.
 *
 * Both rooms are bounded. When the raw queue is full, each further click pays
 * for two old ones on the spot: nothing is dropped, memory stays, redirects
 * slow down a little. When there are too many cells (SQL has been away for
 * long), new ones hold only counts, without keys and visitors.
 */
import type { Log } from "@tenfold/core";
import {
  agentOf,
  botReason,
  countryOf,
  referrerHost,
  visitorHash,
  visitorKey,
} from "../visitor.ts";
import { Cell, type CountedClick } from "./cell.ts";
import { dayOfHour, hourMs } from "./periods.ts";

/** What a redirect knows, as it came; nothing is parsed yet. */
export interface Click {
  linkId: string;
  atMs: number;
  address: string;
  userAgent?: string | undefined;
  referrer?: string | undefined;
  /** `Sec-Purpose`, `Purpose` or `X-Moz`, whichever came. */
  purpose?: string | undefined;
}

export interface AggregatorOptions {
  /** Raw clicks that may wait. */
  rawMax: number;
  /** Link-hours that are kept with keys and visitors. */
  detailedCellsMax: number;
}

/** How a key is called when there is nothing to say. */
export const unknownKey = "(unknown)";
export const directKey = "(direct)";

const tallyKeysMax = 1_000;

export interface LinkHour {
  linkId: string;
  hour: number;
  cell: Cell;
}

export class Aggregator {
  readonly #options: AggregatorOptions;
  readonly #secret: Uint8Array;
  readonly #log: Log;
  #raw: Click[] = [];
  #rawAt = 0;
  #cells = new Map<number, Map<string, Cell>>();
  #cellCount = 0;
  #key = { day: Number.NaN, text: "" };
  readonly counted = { human: 0, bot: 0 };

  constructor(deps: { secret: Uint8Array; log: Log }, options: AggregatorOptions) {
    this.#secret = deps.secret;
    this.#log = deps.log;
    this.#options = options;
  }

  /** Clicks that are not yet counted into a cell. */
  get rawCount(): number {
    return this.#raw.length - this.#rawAt;
  }

  get cellCount(): number {
    return this.#cellCount;
  }

  record(click: Click): void {
    this.#raw.push(click);
    if (this.rawCount > this.#options.rawMax) this.digest(2);
  }

  /** Counts up to `clicks` raw clicks into cells; false when none is left. */
  digest(clicks: number): boolean {
    const end = Math.min(this.#raw.length, this.#rawAt + clicks);
    while (this.#rawAt < end) {
      const click = this.#raw[this.#rawAt];
      this.#rawAt += 1;
      if (click !== undefined) this.#count(click);
    }
    if (this.#rawAt === this.#raw.length) {
      this.#raw = [];
      this.#rawAt = 0;
    } else if (this.#rawAt > this.#options.rawMax) {
      this.#raw = this.#raw.slice(this.#rawAt);
      this.#rawAt = 0;
    }
    return this.rawCount > 0;
  }

  /** Hands over up to `cellsMax` cells and forgets them. */
  take(cellsMax: number): LinkHour[] {
    const taken: LinkHour[] = [];
    for (const [hour, links] of this.#cells) {
      for (const [linkId, cell] of links) {
        if (taken.length >= cellsMax) break;
        taken.push({ linkId, hour, cell });
        links.delete(linkId);
      }
      if (links.size === 0) this.#cells.delete(hour);
    }
    this.#cellCount -= taken.length;
    return taken;
  }

  #count(click: Click): void {
    const hour = Math.floor(click.atMs / hourMs);
    let links = this.#cells.get(hour);
    if (links === undefined) this.#cells.set(hour, (links = new Map()));
    let cell = links.get(click.linkId);
    if (cell === undefined) {
      links.set(click.linkId, (cell = new Cell()));
      this.#cellCount += 1;
    }
    const counted = this.#describe(click, hour, this.#cellCount <= this.#options.detailedCellsMax);
    this.counted[counted.bot ? "bot" : "human"] += 1;
    cell.add(counted);
    if (cell.keys > 2 * tallyKeysMax) cell.trim(tallyKeysMax);
  }

  #describe(click: Click, hour: number, detailed: boolean): CountedClick {
    try {
      const bot = botReason(click) !== undefined;
      if (!detailed) return { bot, keys: undefined, visitor: undefined };
      const agent = agentOf(click.userAgent);
      return {
        bot,
        keys: [
          countryOf(click.address) ?? unknownKey,
          referrerHost(click.referrer) ?? directKey,
          agent.device,
          agent.browser ?? unknownKey,
        ],
        visitor: bot ? undefined : this.#visitor(click, hour),
      };
    } catch (error) {
      // A header that a library cannot read must cost its detail, not the click.
      this.#log.warn({ error }, "a click could not be described");
      return { bot: false, keys: undefined, visitor: undefined };
    }
  }

  #visitor(click: Click, hour: number): number {
    const day = dayOfHour(hour);
    if (this.#key.day !== day) this.#key = { day, text: visitorKey(this.#secret, day) };
    return visitorHash(this.#key.text, click.address, click.userAgent);
  }
}
