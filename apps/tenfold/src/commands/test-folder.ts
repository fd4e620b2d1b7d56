/**
 * One temporary folder for a run of all tests, removed when the run ends: test
 * processes that are killed, as some tests do on purpose, cannot tidy up. A run
 * that is killed itself leaves its folder to the next one, which finds by the
 * number in the name that nobody is behind it any more.
 */
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TestFolder extends AsyncDisposable {
  readonly path: string;
}

/** Removes what dead runs left, and makes a folder for this one. */
export async function openTestFolder(): Promise<TestFolder> {
  const parent = tmpdir();
  const left = (await readdir(parent)).filter((name) => {
    const pid = /^tenfold-tests-(\d+)-/.exec(name)?.[1];
    return pid !== undefined && !isAlive(Number(pid));
  });
  // Another user's cannot be removed, and is that user's to remove.
  await Promise.allSettled(left.map((name) => remove(join(parent, name))));
  const path = await mkdtemp(join(parent, `tenfold-tests-${process.pid}-`));
  // Like the system's own: tests run programs as other users too.
  await chmod(path, 0o1777);
  return { path, [Symbol.asyncDispose]: () => remove(path) };
}

/** A server that was just told to stop may still write its last file. */
function remove(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process may not be signalled, but it is there.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
