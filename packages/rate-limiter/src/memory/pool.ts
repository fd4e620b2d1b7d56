/**
 * Objects for counters that need more than a few numbers. The cells of such a
 * counter are [ expires, number of its object ]; 0 means none yet.
 */
import { Table } from "./table.ts";

export class PooledTable<Item> {
  readonly table: Table;
  readonly #create: () => Item;
  readonly #items: (Item | undefined)[] = [undefined];
  readonly #free: number[] = [];

  constructor(keysMax: number, pool: { create: () => Item; clone: (item: Item) => Item }) {
    this.#create = pool.create;
    this.table = new Table({
      width: 2,
      keysMax,
      dropped: ({ floats }, at) => {
        const index = floats[at + 1] ?? 0;
        if (index === 0) return;
        this.#items[index] = undefined;
        this.#free.push(index);
      },
      copied: ({ floats }, at) => {
        const item = this.#items[floats[at + 1] ?? 0];
        if (item !== undefined) floats[at + 1] = this.#add(pool.clone(item));
      },
    });
  }

  /** The object at cells found by the table; `undefined` when there is none. */
  get(at: number): Item | undefined {
    return at < 0 ? undefined : this.#items[this.table.found.floats[at + 1] ?? 0];
  }

  /** As `get`, but makes one. */
  make(at: number): Item {
    const found = this.get(at);
    if (found !== undefined) return found;
    const item = this.#create();
    this.table.found.floats[at + 1] = this.#add(item);
    return item;
  }

  #add(item: Item): number {
    const index = this.#free.pop() ?? this.#items.length;
    this.#items[index] = item;
    return index;
  }
}
