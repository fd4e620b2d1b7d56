/**
 * Servers that outlived the process that started them.
 *
 * `postmaster.pid` names a process, but the number may since belong to someone
 * else: PostgreSQL then refuses to start, and a supervisor that believes it
 * kills a stranger. What identifies a server is that it is a `postgres` whose
 * working directory is this very cluster, compared by device and inode.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { platform } from "node:os";
import { basename, join } from "node:path";
import { kill } from "node:process";

import type { Clock, Log } from "@tenfold/core";

import { sqlErrors } from "../errors.ts";

import { socketPort } from "./configuration.ts";

interface ServerProcess {
  pid: number;
  parentPid: number;
}

function sameFolder(path: string, folder: { dev: number; ino: number }): boolean {
  const { dev, ino } = statSync(path);
  return dev === folder.dev && ino === folder.ino;
}

function linuxProcesses(cluster: string): ServerProcess[] {
  const folder = statSync(cluster);
  const found: ServerProcess[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (!sameFolder(`/proc/${name}/cwd`, folder)) continue;
      // A program that was replaced on disk reads "…/postgres (deleted)".
      if (!basename(readlinkSync(`/proc/${name}/exe`)).startsWith("postgres")) continue;
      const afterName = readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1) ?? "";
      found.push({ pid: Number(name), parentPid: Number(afterName.split(" ")[1]) });
    } catch {
      // It ended while we looked, or belongs to someone who is not ours to read.
    }
  }
  return found;
}

/** Without /proc, only the process that the file names is examined, by `lsof`. */
function namedProcess(cluster: string): ServerProcess[] {
  try {
    const pid = Number(readFileSync(join(cluster, "postmaster.pid"), "utf8").split("\n")[0]);
    if (!Number.isInteger(pid) || pid < 2) return [];
    const shown = execFileSync("lsof", [
      "-a",
      "-p",
      String(pid),
      "-d",
      "cwd",
      "-F",
      "cn",
    ]).toString();
    const command = /^c(.*)$/m.exec(shown)?.[1] ?? "";
    const folder = /^n(.*)$/m.exec(shown)?.[1] ?? "/";
    return command.startsWith("postgres") && sameFolder(folder, statSync(cluster))
      ? [{ pid, parentPid: 1 }]
      : [];
  } catch {
    // No such file or no such process: nobody is there.
    return [];
  }
}

function clusterProcesses(cluster: string): ServerProcess[] {
  return platform() === "linux" ? linuxProcesses(cluster) : namedProcess(cluster);
}

function send(signal: NodeJS.Signals, pid: number): void {
  try {
    kill(pid, signal);
  } catch {
    // It has just ended, which is what was wanted.
  }
}

/** Asked politely, then firmly: the cluster recovers from either. */
const escalation: readonly { afterMs: number; signal: NodeJS.Signals }[] = [
  { afterMs: 0, signal: "SIGINT" },
  { afterMs: 15_000, signal: "SIGQUIT" },
  { afterMs: 30_000, signal: "SIGKILL" },
];
const patienceMs = 45_000;

/**
 * Stops every server of this cluster and removes its claims. Only for the
 * holder of the folder's lock: then whoever still runs has lost its parent.
 */
export async function stopLeftovers(
  cluster: string,
  deps: { clock: Clock; log: Log },
): Promise<void> {
  const startedMs = deps.clock.monotonic();
  let step = 0;
  for (;;) {
    const processes = clusterProcesses(cluster);
    if (processes.length === 0) break;
    const waitedMs = deps.clock.monotonic() - startedMs;
    if (waitedMs > patienceMs) {
      throw sqlErrors.postgres_start_failed({
        detail: `A server left over from before does not stop: process ${processes[0]?.pid}.`,
        hint: "End it by hand, then start again.",
      });
    }
    const next = escalation[step];
    if (next !== undefined && waitedMs >= next.afterMs) {
      step += 1;
      const pids = new Set(processes.map(({ pid }) => pid));
      const firsts = processes.filter(({ parentPid }) => !pids.has(parentPid));
      deps.log.warn(
        { pids: firsts.map(({ pid }) => pid), signal: next.signal },
        "stopping a leftover database server",
      );
      for (const { pid } of firsts) send(next.signal, pid);
    }
    await deps.clock.sleep(20);
  }
  rmSync(join(cluster, "postmaster.pid"), { force: true });
}

/** Removes the socket of a server that is gone, and the claim beside it. */
export function removeSocket(folder: string): void {
  const socket = join(folder, `.s.PGSQL.${socketPort}`);
  rmSync(socket, { force: true });
  rmSync(`${socket}.lock`, { force: true });
}
