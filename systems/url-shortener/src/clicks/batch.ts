/**
 * A batch of the log, as one line of JSON:
 *
 *   { sorts:  [[country, referrer, device, browser], …],
 *     links:  ["1234", …],
 *     clicks: 13 bytes for each of the links, in base 64,
 *     cells:  [[link, hour, human, bot, visitors, 4 tallies, sketch in base 64], …] }
 *
 *   a click    0        4      6      7             13
 *              │ hour   │ sort │ who  │ visitor      │    big endian
 *
 * Nearly all clicks come singly. Cells are what clicks were counted into while
 * the log was out of reach.
 */
import { Cell, type CountedClick, type Keys } from "./cell.ts";

/** One link's clicks in one hour. */
export interface LinkHour {
  linkId: string;
  hour: number;
  cell: Cell;
}

/** Entries of one batch, so that writing or reading one keeps nobody waiting. */
const entriesMax = 250;
const keysMax = 1_000;
const clickBytes = 13;
const noSort = 0xffff;
const who = Object.freeze({ visitor: 0, unknown: 1, bot: 2 });

/** A batch in the making. */
export class BatchWriter {
  readonly #sorts = new Map<Keys, number>();
  readonly #links: string[] = [];
  readonly #clicks = Buffer.allocUnsafe(clickBytes * entriesMax);
  readonly #cells: string[] = [];

  get full(): boolean {
    return this.#links.length + this.#cells.length >= entriesMax;
  }

  /** Needs room. */
  addClick(linkId: string, hour: number, { bot, keys, visitor }: CountedClick): void {
    const at = clickBytes * this.#links.length;
    this.#links.push(linkId);
    this.#clicks.writeUInt32BE(hour, at);
    this.#clicks.writeUInt16BE(keys === undefined ? noSort : this.#sortOf(keys), at + 4);
    this.#clicks[at + 6] = bot ? who.bot : visitor === undefined ? who.unknown : who.visitor;
    this.#clicks.writeUIntBE(visitor ?? 0, at + 7, 6);
  }

  /** Needs room. */
  addCell({ linkId, hour, cell }: LinkHour): void {
    const encoded = cell.encode(keysMax);
    const { human, bot, visitors, country, referrer, device, browser } = encoded;
    const sketch = encoded.sketch?.toString("base64") ?? "";
    // Tallies are JSON already, everything else needs no escapes.
    this.#cells.push(
      `["${linkId}",${hour},${human},${bot},${visitors},${country},${referrer},${device},${browser},"${sketch}"]`,
    );
  }

  #sortOf(keys: Keys): number {
    let index = this.#sorts.get(keys);
    if (index === undefined) this.#sorts.set(keys, (index = this.#sorts.size));
    return index;
  }

  toString(): string {
    const sorts = JSON.stringify([...this.#sorts.keys()]);
    const links = this.#links.length === 0 ? "" : `"${this.#links.join('","')}"`;
    const clicks = this.#clicks.toString("base64", 0, clickBytes * this.#links.length);
    return `{"sorts":${sorts},"links":[${links}],"clicks":"${clicks}","cells":[${this.#cells.join(",")}]}`;
  }
}

/** As `BatchWriter` writes them; `ones` is how the versions before wrote single clicks. */
interface Batch {
  sorts: Keys[];
  links?: string[];
  clicks?: string;
  ones?: [linkId: string, hour: number, sort: number, bot: number, visitor: number][];
  cells: unknown[][];
}

/** Reads a batch back, also one that an earlier version has left in the log. Throws for anything else. */
export function readBatch(payload: string): LinkHour[] {
  const { sorts, links = [], clicks = "", ones = [], cells } = JSON.parse(payload) as Batch;
  const early = ones.map(([linkId, hour, sort, bot, visitor]) => {
    const cell = new Cell();
    const known = visitor < 0 ? undefined : visitor;
    cell.add({ bot: bot === 1, keys: sorts[sort], visitor: known });
    return { linkId, hour, cell };
  });
  const bytes = Buffer.from(clicks, "base64");
  const single = links.map((linkId, index) => {
    const at = clickBytes * index;
    const kind = bytes[at + 6];
    const cell = new Cell();
    cell.add({
      bot: kind === who.bot,
      keys: sorts[bytes.readUInt16BE(at + 4)],
      visitor: kind === who.visitor ? bytes.readUIntBE(at + 7, 6) : undefined,
    });
    return { linkId, hour: bytes.readUInt32BE(at), cell };
  });
  return [...early, ...single, ...cells.map(readCell)];
}

function readCell(row: unknown[]): LinkHour {
  const [linkId, hour, human, bot, visitors, country, referrer, device, browser, bytes] = row;
  const sketch = bytes === "" ? null : Buffer.from(String(bytes), "base64");
  const counts = { human: Number(human), bot: Number(bot), visitors: Number(visitors) };
  const cell = Cell.decode({ ...counts, country, referrer, device, browser, sketch });
  return { linkId: String(linkId), hour: Number(hour), cell };
}
