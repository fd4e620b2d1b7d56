/**
 * One run of the server, and the watchdog that ends it with us.
 *
 *   this process ──pipe──▶ watchdog (sh) ──SIGINT when the pipe closes──┐
 *        └──────────────spawns───────────▶ postgres ◀───────────────────┘
 *
 * The kernel closes the pipe however this process ends, so the server does
 * not outlive it even after `kill -9`. Both run in sessions of their own: the
 * terminal's Ctrl-C must reach us only, who still have requests to finish.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { Socket } from "node:net";

import { sqlErrors } from "../errors.ts";

import type { Account } from "./account.ts";
import { childEnvironment } from "./cluster.ts";

/** INT is a fast shutdown, QUIT an immediate one that is recovered from at the next start. */
const watchdogScript = `
trap '' HUP INT TERM
read -r pid || exit 0
read -r nothing
kill -INT "$pid" 2>/dev/null || exit 0
seconds=0
while [ "$seconds" -lt 30 ]; do
  sleep 1
  kill -0 "$pid" 2>/dev/null || exit 0
  seconds=$((seconds + 1))
done
kill -QUIT "$pid"
`;

export interface Postmaster {
  readonly pid: number;
  /** True from the moment the process is gone. */
  readonly ended: boolean;
  /** Resolves with a word on how it ended. */
  readonly exit: Promise<string>;
  signal(signal: NodeJS.Signals): void;
  /** Lets a process that only waits for `exit` go on living. */
  ref(): void;
}

export interface PostmasterSpec {
  program: string;
  args: readonly string[];
  account: Account | undefined;
  logFile: string;
}

function startWatchdog(account: Account | undefined): ChildProcess {
  const watchdog = spawn("/bin/sh", ["-c", watchdogScript], {
    ...account,
    cwd: "/",
    detached: true,
    env: childEnvironment,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watchdog.on("error", () => undefined);
  watchdog.stdin?.on("error", () => undefined);
  watchdog.unref();
  if (watchdog.stdin instanceof Socket) watchdog.stdin.unref();
  return watchdog;
}

/** Starts the server; it is not ready yet. */
export function spawnPostmaster(spec: PostmasterSpec): Postmaster {
  const watchdog = startWatchdog(spec.account);
  const logFd = openSync(spec.logFile, "a", 0o600);
  const child = spawn(spec.program, spec.args, {
    ...spec.account,
    cwd: "/",
    detached: true,
    env: childEnvironment,
    stdio: ["ignore", logFd, logFd],
  });
  closeSync(logFd);
  child.unref();
  const { pid } = child;
  if (pid === undefined) {
    watchdog.kill("SIGKILL");
    child.on("error", () => undefined);
    throw sqlErrors.postgres_start_failed({ detail: `${spec.program} cannot be run.` });
  }
  watchdog.stdin?.write(`${pid}\n`);

  const state = { ended: false };
  const exit = new Promise<string>((resolve) => {
    child.once("exit", (status, signal) => {
      state.ended = true;
      // Before its number can belong to someone else.
      watchdog.kill("SIGKILL");
      resolve(signal === null ? `with status ${status}` : `by ${signal}`);
    });
  });
  return {
    pid,
    get ended() {
      return state.ended;
    },
    exit,
    signal: (signal) => void child.kill(signal),
    ref: () => child.ref(),
  };
}
