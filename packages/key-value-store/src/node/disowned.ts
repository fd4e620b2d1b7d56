/**
 * Partitions that were given away. What the node wrote there is not its own to vouch
 * for any more: should one come back and the process end while it is being filled,
 * a high dot of its own in it does not say that all below it are there.
 *
 *     1 kind │ 2 partition  ──▶  6 bytes for each actor that is disowned there
 */
import type { Vector } from "../cell.ts";
import type { Change, Storage } from "./ports.ts";

const KIND = 0x78;
const PAGE = 256;

export const disownedKey = (partition: number): Uint8Array =>
  Buffer.of(KIND, partition >>> 8, partition & 0xff);

/** On the disk, together with `changes`, when it resolves. */
export async function disown(
  storage: Storage,
  partition: number,
  actor: number,
  changes: readonly Change[],
): Promise<void> {
  const key = disownedKey(partition);
  const before = (await storage.get(key)) ?? new Uint8Array();
  const added = Buffer.alloc(6);
  added.writeUIntBE(actor, 0, 6);
  const value = Buffer.concat([before, added]);
  await storage.write([{ key, value }, ...changes], { sync: true });
}

/** By partition, actors of this disk that it must not vouch for there. */
export async function readDisowned(storage: Storage): Promise<Map<number, Set<number>>> {
  const found = new Map<number, Set<number>>();
  for (let from: Uint8Array = Buffer.of(KIND); ;) {
    const page = await storage.range({ from, to: Buffer.of(KIND + 1), limit: PAGE });
    for (const [key, value] of page) {
      const bytes = Buffer.from(value);
      const actors = new Set<number>();
      for (let at = 0; at < bytes.length; at += 6) actors.add(bytes.readUIntBE(at, 6));
      found.set(Buffer.from(key).readUInt16BE(1), actors);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return found;
    from = Buffer.concat([last[0], Buffer.of(0)]);
  }
}

/** A page at a time, so that other writes come between. */
export async function deleteRange(
  storage: Storage,
  { from, to }: { from: Uint8Array; to: Uint8Array },
): Promise<void> {
  for (;;) {
    const page = await storage.range({ from, to, limit: PAGE });
    if (page.length === 0) return;
    await storage.write(
      page.map(([key]) => ({ key, value: undefined })),
      { sync: false },
    );
  }
}

/**
 * What the disk says of its own earlier actors. A dot leaves the process only when
 * it is on the disk, so the highest that is there is the highest there ever was,
 * and nothing below it can be missing.
 */
export function ownEntries(actors: readonly number[], seen: Vector): Vector {
  return new Map(
    actors.flatMap((actor) => {
      const counter = seen.get(actor);
      return counter === undefined ? [] : [[actor, counter] as const];
    }),
  );
}
