/**
 * V8's helper threads give way. They mark and sweep the old heap for a full
 * collection and compile hot functions, none of which anybody waits for; but
 * on a machine of one or two cores they take the core from the thread that
 * answers, for a tenth of a second and more (`docs/decisions/009-memory.md`).
 *
 *   event loop     nice 0    ▓▓▓▓▓▓▓░▓▓▓▓▓▓░▓▓▓▓▓▓▓▓
 *   V8's helpers   nice 10          ▒      ▒            in the gaps, and a little always
 *
 * Not lower: marking that gets no time at all lets the heap grow meanwhile.
 */
import { readdirSync, readFileSync } from "node:fs";
import { setPriority } from "node:os";
import { platform } from "node:process";

const helperName = "V8Worker";
const helperNice = 10;
const tasks = "/proc/self/task";

/**
 * Lowers this process' helpers; answers how many. On Linux alone, where a
 * thread has a priority of its own. Needs no privilege, and never fails: a
 * process that may not look at its threads runs as it would have.
 */
export function lowerHelperThreads(): number {
  if (platform !== "linux") return 0;
  try {
    const helpers = readdirSync(tasks).filter(
      (id) => readFileSync(`${tasks}/${id}/comm`, "utf8").trim() === helperName,
    );
    for (const id of helpers) setPriority(Number(id), helperNice);
    return helpers.length;
  } catch {
    return 0;
  }
}
