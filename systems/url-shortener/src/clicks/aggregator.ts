/**
 * Clicks in memory until the next flush. A click is described and put into
 * columns at once, in a microsecond or two.
 *
 * Both rooms are bounded. When the columns are full, because the log has been
 * out of reach, each further click moves two old ones into cells, where clicks
 * of one link and hour share a room: nothing is dropped, memory stays. When
 * there are too many cells, new ones hold only counts, without keys and visitors.
 */
import type { Log } from "@tenfold/core";
import type { LinkHour } from "./batch.ts";
import { Cell, type CountedClick } from "./cell.ts";
import { Describer, type Click } from "./describe.ts";
import { hourMs } from "./periods.ts";
import { WaitingClicks } from "./waiting.ts";

export interface AggregatorOptions {
  /** Clicks that may wait one by one. */
  rawMax: number;
  /** Link-hours that are kept with keys and visitors. */
  detailedCellsMax: number;
}

const tallyKeysMax = 1_000;

export class Aggregator {
  readonly #options: AggregatorOptions;
  readonly #describer: Describer;
  readonly #waiting: WaitingClicks;
  #cells = new Map<number, Map<string, Cell>>();
  #cellCount = 0;
  readonly counted = { human: 0, bot: 0 };

  constructor(deps: { secret: Uint8Array; log: Log }, options: AggregatorOptions) {
    this.#describer = new Describer(deps);
    this.#waiting = new WaitingClicks(options.rawMax);
    this.#options = options;
  }

  /** Clicks that wait one by one. */
  get rawCount(): number {
    return this.#waiting.count;
  }

  get cellCount(): number {
    return this.#cellCount;
  }

  record(click: Click): void {
    const hour = Math.floor(click.atMs / hourMs);
    const counted = this.#describer.describe(click, hour);
    this.counted[counted.bot ? "bot" : "human"] += 1;
    if (this.#waiting.full) {
      this.#waiting.take(2, (linkId, itsHour, old) => this.#count(linkId, itsHour, old));
    }
    this.#waiting.push(click.linkId, hour, counted);
  }

  /** Hands over up to `clicks` of the oldest that wait one by one, and forgets them. */
  takeClicks(
    clicks: number,
    each: (linkId: string, hour: number, click: CountedClick) => void,
  ): void {
    this.#waiting.take(clicks, each);
  }

  /** Hands over up to `cellsMax` cells and forgets them. */
  takeCells(cellsMax: number): LinkHour[] {
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

  #count(linkId: string, hour: number, click: CountedClick): void {
    let links = this.#cells.get(hour);
    if (links === undefined) this.#cells.set(hour, (links = new Map()));
    let cell = links.get(linkId);
    if (cell === undefined) {
      links.set(linkId, (cell = new Cell()));
      this.#cellCount += 1;
    }
    const detailed = this.#cellCount <= this.#options.detailedCellsMax;
    cell.add(detailed ? click : { bot: click.bot, keys: undefined, visitor: undefined });
    if (cell.keys > 2 * tallyKeysMax) cell.trim(tallyKeysMax);
  }
}
