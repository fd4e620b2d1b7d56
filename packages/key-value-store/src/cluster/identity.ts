/** Who this node is, as long as its disk is the same. */
import type { Random } from "@tenfold/core";
import type { Storage } from "../node/ports.ts";

const KEY: Uint8Array = Buffer.of(0x6e);

/** The number on the disk, or a new one that is on the disk before it is given out. */
export async function openIdentity(storage: Storage, random: Random): Promise<number> {
  const held = await storage.get(KEY);
  if (held?.length === 6) return Buffer.from(held).readUIntBE(0, 6);
  const value = Buffer.alloc(6);
  // 0 stands for a member whose number is not known.
  value.writeUIntBE(random.below(2 ** 24) * 2 ** 24 + random.below(2 ** 24 - 1) + 1, 0, 6);
  await storage.write([{ key: KEY, value }], { sync: true });
  return value.readUIntBE(0, 6);
}
