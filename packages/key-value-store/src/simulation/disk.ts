/**
 * A disk that forgets. Writes are seen at once; they are safe when a `sync` that
 * followed them has ended. A crash keeps what is safe and the first few of the
 * other writes, in order; the one it tears is left out whole, as a log with
 * checksums leaves it out.
 */
import { nameOf } from "../buffers.ts";
import { keyValueErrors } from "../errors.ts";
import type { Change, Entry, Range, Storage } from "../node/ports.ts";
import type { World } from "./world.ts";

export interface Disk {
  /** The storage of one process. `run` wakes that process, unless it is no more. */
  open(run: (event: () => void) => void): Storage;
  /** Loss of power: some of what was not synced is gone. */
  crash(): void;
  /** From here on nothing can be written, until there is room again. */
  setFull(isFull: boolean): void;
  /** A new, empty disk. */
  lose(): void;
  /** What a crash would leave of an entry, seen from outside. */
  safe(key: Uint8Array): Uint8Array | undefined;
  /** Turns one bit of one record of a cell. False when there is none. */
  damage(): boolean;
}

interface Batch {
  readonly changes: readonly Change[];
}

/** Kind byte of data; see `cell-key.ts`. */
const DATA = "d";

/** `lies` makes a disk whose syncs end without anything being safe: to see that it is noticed. */
export function createDisk(world: World, { lies = false } = {}): Disk {
  const { random } = world;
  let safe = new Map<string, Uint8Array>();
  let seen = new Map<string, Uint8Array>();
  let unsafe: Batch[] = [];
  let isFull = false;

  const settle = (count: number): void => {
    for (const { changes } of unsafe.slice(0, count)) apply(safe, changes);
    unsafe = unsafe.slice(count);
  };
  return {
    open(run) {
      /** Most reads come from memory, some have to wait for the disk. */
      const later = <Value>(value: Value): Promise<Value> => {
        if (random.below(4) > 0) return Promise.resolve(value);
        return new Promise((resolve) => {
          world.after(random.float() * 3, () => run(() => resolve(value)));
        });
      };
      return {
        get: (key) => later(seen.get(nameOf(key))),
        range: (range) => later(rangeOf(seen, range)),
        write(changes, { sync }) {
          if (isFull) return later(undefined).then(refuse);
          const batch = { changes };
          apply(seen, changes);
          unsafe.push(batch);
          if (!sync) return later(undefined);
          return new Promise((resolve) => {
            world.after(0.2 + random.float() * (random.below(12) === 0 ? 250 : 4), () => {
              // Whatever came before in the log is safe with it; another sync may have been quicker.
              run(() => {
                if (!lies) settle(unsafe.indexOf(batch) + 1);
                resolve();
              });
            });
          });
        },
      };
    },
    crash() {
      settle(random.below(unsafe.length + 1));
      unsafe = [];
      seen = new Map(safe);
    },
    setFull(next) {
      isFull = next;
    },
    safe: (key) => safe.get(nameOf(key)),
    lose() {
      safe = new Map();
      seen = new Map();
      unsafe = [];
    },
    damage() {
      const records = [...safe].filter(([name]) => name.startsWith(DATA));
      const record = records[random.below(Math.max(1, records.length))];
      if (record === undefined) return false;
      const damaged = Uint8Array.from(record[1]);
      const at = random.below(damaged.length);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << random.below(8));
      safe.set(record[0], damaged);
      seen.set(record[0], damaged);
      return true;
    },
  };
}

const refuse = (): never => {
  throw keyValueErrors.node_read_only();
};

function apply(map: Map<string, Uint8Array>, changes: readonly Change[]): void {
  for (const { key, value } of changes) {
    if (value === undefined) map.delete(nameOf(key));
    else map.set(nameOf(key), value);
  }
}

function rangeOf(
  map: ReadonlyMap<string, Uint8Array>,
  { from, to, limit, reverse = false }: Range,
): Entry[] {
  const [low, high] = [nameOf(from), nameOf(to)];
  const sign = reverse ? -1 : 1;
  return [...map]
    .filter(([name]) => name >= low && name < high)
    .sort(([one], [other]) => (one < other ? -sign : sign))
    .slice(0, limit)
    .map(([name, value]) => [Buffer.from(name, "latin1"), value]);
}
