/** Whether a disk that took no more has room again. */
import { open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";

/** Opening a store writes its log out as a sorted file, before the first new write. */
const ROOM_MIN_BYTES = 64 * 2 ** 20;
const PROBE_BYTES = 64 * 2 ** 10;

/** Writes a file there, waits until it is on the disk, and removes it. Never rejects. */
export async function takesWrites(folder: string): Promise<boolean> {
  const probe = join(folder, "probe");
  try {
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < ROOM_MIN_BYTES) return false;
    await using file = await open(probe, "w");
    await file.writeFile(Buffer.alloc(PROBE_BYTES, 0x55));
    await file.sync();
    return true;
  } catch {
    return false;
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}
