/** A server process that can be killed, frozen, robbed of its disk and started again. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

export interface Daemon {
  readonly pid: number | undefined;
  /** Starts it when it does not run. */
  start(): void;
  /** `SIGKILL`, as a crash would; resolves when it is gone. */
  end(signal?: "SIGKILL" | "SIGTERM"): Promise<void>;
  /** Frozen: connections stay, nothing answers. */
  pause(): void;
  resume(): void;
  /** Whether its files may grow. Linux's limit stands in for a full disk: writes fail half way. */
  limitDisk(isFull: boolean): Promise<void>;
  /** The last lines it said. */
  said(): string;
}

/** Describes a process; `start()` runs it, in an environment that may know how often it has run. */
export function createDaemon(
  program: string,
  args: readonly string[],
  env: (startsBefore: number) => Readonly<Record<string, string>> = () => ({}),
): Daemon {
  let child: ChildProcess | undefined;
  let starts = 0;
  let exited: Promise<unknown> = Promise.resolve();
  let said = "";
  const keep = (chunk: Buffer): void => void (said = (said + chunk.toString()).slice(-4_000));
  const isRunning = (): boolean =>
    child !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    get pid() {
      return child?.pid;
    },
    start() {
      if (isRunning()) return;
      child = spawn(program, args, {
        stdio: ["ignore", "pipe", "pipe"],
        env: { PATH: process.env["PATH"], ...env(starts++) },
      });
      child.stdout?.on("data", keep);
      child.stderr?.on("data", keep);
      exited = once(child, "exit");
    },
    async end(signal = "SIGKILL") {
      if (!isRunning()) return;
      child?.kill(signal);
      // A frozen one hears nothing but SIGKILL.
      if (signal !== "SIGKILL") child?.kill("SIGCONT");
      await exited;
    },
    pause: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
    async limitDisk(isFull) {
      if (!isRunning()) return;
      const limit = isFull ? "4096" : "unlimited";
      await promisify(execFile)("prlimit", [`--pid=${child?.pid}`, `--fsize=${limit}:`]);
    },
    said: () => said,
  };
}
