/**
 * `@tenfold/unique-id/file`: time marks in a folder, for the processes of one
 * machine that have no database. Needs Node.
 *
 *   marks/3.6   1750000010000      slot 3, token 6: the former holder
 *   marks/3.7   1750000020000      slot 3, token 7: the holder; 3.6 is removed
 *
 * Nothing is locked. A holder writes its mark, *then* looks for a greater token;
 * a successor writes its token, *then* looks for marks. Whatever the order, one
 * of the two sees the other: either the holder drops what it wrote unused, or
 * the successor begins above it (Dekker, 1965). A file is replaced whole, and
 * is on disk, with its name, before a call resolves.
 *
 * Cost: one listing of the folder and two fsyncs a call.
 */
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { SlotHolder, TimeMarks } from "./time-marks.ts";

/** Marks in `folder`, which is made when it is missing. It must be on a local disk. */
export function fileTimeMarks(folder: string): TimeMarks {
  return {
    async open(holder) {
      await mkdir(folder, { recursive: true });
      const before = await tokensOf(folder, holder.slot);
      if (before.some((token) => token > holder.token)) return "fenced";
      if (!before.includes(holder.token)) await replace(folder, holder, "");
      const tokens = await tokensOf(folder, holder.slot);
      if (tokens.some((token) => token > holder.token)) return "fenced";
      const marks = await Promise.all(
        tokens.map((token) => readMark(folder, { slot: holder.slot, token })),
      );
      const known = marks.filter((mark) => mark !== undefined);
      if (known.length === 0) return { markMs: undefined };
      const markMs = Math.max(...known);
      await replace(folder, holder, String(markMs));
      const older = tokens.filter((token) => token < holder.token);
      const remove = (token: bigint) => rm(pathOf(folder, { slot: holder.slot, token }));
      // Whoever lost a race for an old file has lost nothing.
      await Promise.allSettled(older.map(remove));
      return { markMs };
    },
    async write(holder, markMs) {
      const isHolder = async (): Promise<boolean> => {
        const tokens = await tokensOf(folder, holder.slot);
        return tokens.includes(holder.token) && tokens.every((token) => token <= holder.token);
      };
      if (!(await isHolder())) return false;
      await replace(folder, holder, String(Math.floor(markMs)));
      return await isHolder();
    },
  };
}

function pathOf(folder: string, { slot, token }: SlotHolder): string {
  return join(folder, `${slot}.${token}`);
}

async function tokensOf(folder: string, slot: number): Promise<bigint[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return names
    .map((name) => /^(\d+)\.(\d+)$/.exec(name))
    .filter((match) => match !== null && Number(match[1]) === slot)
    .map((match) => BigInt(match?.[2] ?? 0));
}

async function readMark(folder: string, holder: SlotHolder): Promise<number | undefined> {
  try {
    const text = await readFile(pathOf(folder, holder), "utf8");
    return text === "" ? undefined : Number(text);
  } catch (error) {
    // Removed by a successor, which has its mark.
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function replace(folder: string, holder: SlotHolder, text: string): Promise<void> {
  const path = pathOf(folder, holder);
  const draft = `${path}.new`;
  await writeDurably(draft, text);
  await rename(draft, path);
  await syncFolder(folder);
}

async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, "w");
  await file.writeFile(text);
  await file.sync();
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, "r");
  await handle.sync();
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
