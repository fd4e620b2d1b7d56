/** A server process that can be killed, frozen and started again. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

export interface Daemon {
  readonly pid: number | undefined;
  /** Starts it when it does not run. */
  start(): void;
  /** `SIGKILL`, as a crash would; resolves when it is gone. */
  end(signal?: "SIGKILL" | "SIGTERM"): Promise<void>;
  /** Frozen: connections stay, nothing answers. */
  pause(): void;
  resume(): void;
  /** The last lines it said. */
  said(): string;
}

/** Describes a process; `start()` runs it. */
export function createDaemon(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Daemon {
  let child: ChildProcess | undefined;
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
        env: { PATH: process.env["PATH"], ...env },
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
    said: () => said,
  };
}
