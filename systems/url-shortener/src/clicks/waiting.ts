/**
 * Clicks that wait for the next flush, in columns:
 *
 *   link     │ "1234" │ "5678" │ "1234" │ …    the route's own string
 *   sort     │   ●    │   ●    │   ●    │ …    ─▶ [country, referrer, device, browser]
 *   hour     │ 494161 │ 494161 │ 494161 │ …
 *   visitor  │  hash  │  hash  │  bot   │ …
 *
 * A waiting click is two pointers and two numbers in arrays that stay, and no
 * object of its own: one that lived for the 100 ms until a flush would be
 * promoted by the garbage collector, 20,000 times a second.
 */
import type { CountedClick, Keys } from "./cell.ts";

/** Stand in the column of visitors, whose hashes are not negative. */
const bot = -1;
const unknownVisitor = -2;

/** A bounded queue of described clicks. */
export class WaitingClicks {
  readonly #max: number;
  readonly #links: string[] = [];
  readonly #sorts: (Keys | undefined)[] = [];
  readonly #hours: Int32Array;
  readonly #visitors: Float64Array;
  /** Position of the oldest. */
  #head = 0;
  #count = 0;

  constructor(max: number) {
    this.#max = max;
    this.#hours = new Int32Array(max);
    this.#visitors = new Float64Array(max);
  }

  get count(): number {
    return this.#count;
  }

  get full(): boolean {
    return this.#count === this.#max;
  }

  /** Needs room. */
  push(linkId: string, hour: number, click: CountedClick): void {
    const at = (this.#head + this.#count) % this.#max;
    this.#links[at] = linkId;
    this.#sorts[at] = click.keys;
    this.#hours[at] = hour;
    this.#visitors[at] = click.bot ? bot : (click.visitor ?? unknownVisitor);
    this.#count += 1;
  }

  /** Gives up to `clicks` of the oldest to `each` and forgets them. */
  take(clicks: number, each: (linkId: string, hour: number, click: CountedClick) => void): void {
    for (let left = Math.min(clicks, this.#count); left > 0; left -= 1) {
      const at = this.#head;
      const visitor = this.#visitors[at] ?? unknownVisitor;
      each(this.#links[at] ?? "", this.#hours[at] ?? 0, {
        bot: visitor === bot,
        keys: this.#sorts[at],
        visitor: visitor < 0 ? undefined : visitor,
      });
      this.#head = (at + 1) % this.#max;
      this.#count -= 1;
    }
  }
}
