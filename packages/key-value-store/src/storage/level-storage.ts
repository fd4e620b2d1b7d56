/**
 * Storage on LevelDB: commit log, memtable, sorted files with Bloom filters.
 *
 * **Group commit.** While one batch is on its way to the disk, all writes that come
 * gather and go as the next one: an fsync is shared by everyone who waited for it.
 * What waits is seen by reads through an overlay, as the port asks.
 *
 * **Reads** are synchronous calls into LevelDB: its block cache and the page cache
 * answer within microseconds, less than a round through a thread costs.
 *
 * A batch that fails makes the storage read-only for good: what LevelDB did with it
 * is not known, so nothing is said to be safe any more. Reads go on.
 */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { createService, type Log, type Service } from "@tenfold/core";
import { ClassicLevel } from "classic-level";
import { nameOf } from "../buffers.ts";
import { keyValueErrors } from "../errors.ts";
import type { Change, Entry, Storage } from "../node/ports.ts";

export interface LevelStorageOptions {
  folder: string;
  /** Memtable; two of them may be in memory. */
  writeBufferBytes: number;
  /** Uncompressed blocks of sorted files. */
  cacheBytes: number;
  /** Sorted files of 2 MiB that are open, and so mapped into memory, at once. */
  openFilesMax: number;
}

export const levelStorageDefaults: Omit<LevelStorageOptions, "folder"> = Object.freeze({
  writeBufferBytes: 16 * 2 ** 20,
  cacheBytes: 64 * 2 ** 20,
  // What is mapped counts as resident once it was read: fewer keep that small, and cost opening.
  openFilesMax: 450,
});

export interface LevelStorage extends Storage, Service {
  /** Why it takes no writes any more; `undefined` while it does. */
  readonly readOnly: string | undefined;
  /** About how many bytes lie between two keys in sorted files. */
  approximateBytes(from: Uint8Array, to: Uint8Array): Promise<number>;
  /** Everything as of now, into a new folder that can be opened as a store. */
  copyTo(folder: string): Promise<{ entries: number; bytes: number }>;
}

type Held = Uint8Array | undefined;
type Level = ClassicLevel<Uint8Array, Uint8Array>;
type Range = Parameters<Storage["range"]>[0] & { readonly reverse?: boolean };

/** Bytes of writes that may wait at once; a caller beyond it is told to come back. */
const WAITING_BYTES_MAX = 64 * 2 ** 20;

/** Opens the folder at `start()`; it is made when it is not there. One process at a time. */
export function createLevelStorage(
  { log }: { log: Log },
  given: Partial<LevelStorageOptions> & { folder: string },
): LevelStorage {
  const options = { ...levelStorageDefaults, ...given };
  const db: Level = new ClassicLevel(options.folder, {
    keyEncoding: "view",
    valueEncoding: "view",
    writeBufferSize: options.writeBufferBytes,
    cacheSize: options.cacheBytes,
    maxOpenFiles: options.openFilesMax,
    // Values are small and often random; packing them costs more than it saves.
    compression: false,
  });
  const commits = new GroupCommit(db, log);
  const service = createService({
    start: async () => {
      await mkdir(options.folder, { recursive: true });
      await db.open().catch((cause: unknown) => {
        throw unopened(options.folder, cause);
      });
    },
    stop: async () => {
      await commits.end();
      await db.close();
    },
  });
  const storage: Omit<LevelStorage, "readOnly"> = {
    ...service,
    async get(key) {
      const waiting = commits.waitingFor(nameOf(key));
      return waiting === undefined ? db.getSync(key) : waiting.value;
    },
    range: (range: Range) => readMerged(db, commits.waiting(), range),
    write: (changes, { sync }) => commits.add(changes, sync),
    approximateBytes: (from, to) => db.approximateSize(from, to),
    copyTo: (folder) => copyAll(db, folder),
  };
  return Object.defineProperties(storage as LevelStorage, {
    readOnly: { get: () => commits.readOnly },
  });
}

/** Turns of the loop that a batch may gather. */
const TURNS_MAX = 3;

/** Writes that go to the disk as one batch. */
class Group {
  readonly changes: Change[] = [];
  readonly done = Promise.withResolvers<void>();
  /** How many wrote to it, be it nothing: they wait for those before them. */
  writers = 0;
  bytes = 0;
  isSynced = false;
  /** By key, of the first `#indexed` changes: made when a read asks, which most groups never see. */
  readonly #index = new Map<string, { readonly value: Held }>();
  #indexed = 0;

  constructor() {
    // Writers hear of a failure by themselves; a group may have none that still listens.
    this.done.promise.catch(() => undefined);
  }

  /** What the group does with each key. */
  index(): ReadonlyMap<string, { readonly value: Held }> {
    for (; this.#indexed < this.changes.length; this.#indexed++) {
      const change = this.changes[this.#indexed];
      if (change !== undefined) this.#index.set(nameOf(change.key), change);
    }
    return this.#index;
  }
}

/** One group on its way to the disk, and one that gathers meanwhile. */
class GroupCommit {
  readOnly: string | undefined;
  readonly #db: Level;
  readonly #log: Log;
  #gathering = new Group();
  #leaving: Group | undefined;
  #running: Promise<void> | undefined;

  constructor(db: Level, log: Log) {
    this.#db = db;
    this.#log = log;
  }

  add(changes: readonly Change[], isSynced: boolean): Promise<void> {
    if (this.readOnly !== undefined) {
      return Promise.reject(keyValueErrors.node_read_only({ detail: this.readOnly }));
    }
    const group = this.#gathering;
    if (group.bytes > WAITING_BYTES_MAX) {
      const detail = "The disk does not keep up with writes.";
      return Promise.reject(keyValueErrors.node_overloaded({ detail }));
    }
    for (const change of changes) {
      group.changes.push(change);
      group.bytes += change.key.length + (change.value?.length ?? 0);
    }
    group.isSynced ||= isSynced;
    group.writers += 1;
    this.#running ??= this.#run();
    return group.done.promise;
  }

  /** What waits for a key; `undefined` when nothing does. */
  waitingFor(name: string): { readonly value: Held } | undefined {
    return this.#gathering.index().get(name) ?? this.#leaving?.index().get(name);
  }

  /** All that waits, by key. */
  waiting(): ReadonlyMap<string, { readonly value: Held }> {
    const gathering = this.#gathering.index();
    const leaving = this.#leaving?.index();
    return leaving === undefined ? gathering : new Map([...leaving, ...gathering]);
  }

  /** Resolves when nothing waits. */
  async end(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#gathering.writers > 0) {
      await this.#gather();
      const group = this.#gathering;
      this.#leaving = group;
      this.#gathering = new Group();
      await this.#commit(group);
      this.#leaving = undefined;
    }
    this.#running = undefined;
  }

  /** Waits for further writers while each turn of the loop brings some: an fsync costs more than a turn. */
  async #gather(): Promise<void> {
    let writers = 0;
    for (let turn = 0; turn < TURNS_MAX && this.#gathering.writers > writers; turn++) {
      writers = this.#gathering.writers;
      await new Promise(setImmediate);
    }
  }

  async #commit({ changes, isSynced, done }: Group): Promise<void> {
    try {
      if (this.readOnly !== undefined) throw new Error(this.readOnly);
      const batch = this.#db.batch();
      // Half the cost of a list of operations: those are cloned, and read field by field.
      for (const { key, value } of changes) {
        if (value === undefined) batch.del(key);
        else batch.put(key, value);
      }
      await batch.write({ sync: isSynced });
      done.resolve();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      this.readOnly ??= `The disk took no more: ${why}.`;
      this.#log.error({ error: cause }, "the node is read-only from here on");
      done.reject(keyValueErrors.node_read_only({ detail: this.readOnly, cause }));
    }
  }
}

function unopened(folder: string, cause: unknown): Error {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = reason instanceof Error && "code" in reason ? reason.code : undefined;
  if (code === "LEVEL_LOCKED") {
    return keyValueErrors.folder_in_use({
      detail: `Another node uses ${folder}.`,
      hint: "Stop it, or name another folder.",
      cause,
    });
  }
  const said = reason instanceof Error ? reason.message : String(reason);
  return keyValueErrors.folder_unusable({ detail: `${folder} cannot be opened: ${said}.`, cause });
}

/** Stored entries, in order, `limit` at most. The store takes a range whole or by the first of it. */
async function readRange(db: Level, { from, to, limit, reverse = false }: Range): Promise<Entry[]> {
  const iterator = db.iterator({ gte: from, lt: to, limit, reverse });
  try {
    return await iterator.all();
  } finally {
    await iterator.close();
  }
}

/** What is stored, with what waits laid over it. */
async function readMerged(
  db: Level,
  overlay: ReadonlyMap<string, { value: Held }>,
  range: Range,
): Promise<Entry[]> {
  // Taken now: what is called later may be seen or not, what was called before must be.
  const [low, high] = [nameOf(range.from), nameOf(range.to)];
  const waiting = [...overlay].filter(([name]) => name >= low && name < high);
  if (waiting.length === 0) return await readRange(db, range);
  const removed = waiting.filter(([, { value }]) => value === undefined).length;
  const stored = await readRange(db, { ...range, limit: range.limit + removed });
  const entries = new Map<string, Entry>(stored.map((entry) => [nameOf(entry[0]), entry]));
  for (const [name, { value }] of waiting) {
    if (value === undefined) entries.delete(name);
    else entries.set(name, [Buffer.from(name, "latin1"), value]);
  }
  const sign = range.reverse === true ? -1 : 1;
  return [...entries]
    .sort(([one], [other]) => (one < other ? -sign : sign))
    .slice(0, range.limit)
    .map(([, entry]) => entry);
}

/** Entries copied at once. */
const COPY_ENTRIES = 1_000;

async function copyAll(db: Level, folder: string): Promise<{ entries: number; bytes: number }> {
  // An iterator sees the store as it was when it was made.
  const iterator = db.iterator();
  try {
    await requireNew(folder);
    const copy: Level = new ClassicLevel(folder, { keyEncoding: "view", valueEncoding: "view" });
    await copy.open();
    let entries = 0;
    let bytes = 0;
    for (;;) {
      const page = await iterator.nextv(COPY_ENTRIES);
      if (page.length === 0) break;
      await copy.batch(page.map(([key, value]) => ({ type: "put", key, value })));
      entries += page.length;
      for (const [key, value] of page) bytes += key.length + value.length;
    }
    // One write that waits for the disk takes all before it along.
    await copy.batch([{ type: "del", key: new Uint8Array(1) }], { sync: true });
    await copy.close();
    return { entries, bytes };
  } finally {
    await iterator.close();
  }
}

async function requireNew(folder: string): Promise<void> {
  try {
    await mkdir(dirname(folder), { recursive: true });
    await mkdir(folder);
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? cause.code : "it cannot be made";
    const detail = why === "EEXIST" ? `${folder} is there already.` : `${folder}: ${String(why)}.`;
    throw keyValueErrors.folder_unusable({ detail, hint: "Name a new folder.", cause });
  }
}
