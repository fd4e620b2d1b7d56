/**
 * How quiet the machine is while something is measured. Latency means little
 * when others use the same cores, so every run says how much they did.
 *
 *   others = all cores' busy time − that of this process and its descendants
 *
 * What a hypervisor took away counts as others' too; so do the kernel's own threads.
 */
import { readdirSync, readFileSync } from "node:fs";

/** Linux counts processor time in hundredths of a second. */
const ticksPerSecond = 100;

interface ProcessTimes {
  parent: number;
  /** Its own, and that of children it has waited for. */
  seconds: number;
}

/** Processor time in seconds since some moment: all of the machine's, and this process tree's. */
function processorTimes(): { machine: number; ours: number } {
  const ticks = /^cpu +(.*)$/m
    .exec(readFileSync("/proc/stat", "utf8"))?.[1]
    ?.split(" ")
    .map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = ticks ?? [];
  const processes = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        const times = timesOf(pid);
        return times === undefined ? [] : [[Number(pid), times] as const];
      }),
  );
  let ours = 0;
  for (const [pid, { seconds }] of processes) if (descends(pid, processes)) ours += seconds;
  return { machine: (user + nice + system + irq + softirq + stolen) / ticksPerSecond, ours };
}

function timesOf(pid: string): ProcessTimes | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [, parent = 0] = fields;
    const seconds = fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0) / ticksPerSecond;
    return { parent, seconds };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

function descends(pid: number, processes: ReadonlyMap<number, ProcessTimes>): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 1;) {
    if (at === process.pid) return true;
    at = processes.get(at)?.parent;
  }
  return false;
}

/** Runs `work`; answers its result and how many cores others kept busy meanwhile. */
export async function watchOthers<Result>(
  work: () => Promise<Result>,
): Promise<{ result: Result; othersCores: number }> {
  const before = processorTimes();
  const startedMs = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedMs) / 1000;
  const after = processorTimes();
  const others = after.machine - before.machine - (after.ours - before.ours);
  return { result, othersCores: Math.max(0, others / seconds) };
}
