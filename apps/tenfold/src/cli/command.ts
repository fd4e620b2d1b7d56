/** What a command of the CLI is: data for its help and flags, and one function. */

export interface FlagSpec {
  /** Shown in help as `--port <number>`; absent for a switch. */
  value?: string;
  help: string;
  /** The environment variable it stands for; the flag wins. */
  env?: string;
}

export interface Io {
  /** Results, on standard output. */
  out(line: string): void;
  /** Progress and complaints, on standard error. */
  err(line: string): void;
  /** True when a person is watching. */
  interactive: boolean;
  /** Asks without echo; `undefined` when nobody can be asked. */
  askSecret(question: string): Promise<string | undefined>;
}

export interface CommandCall {
  flags: Readonly<Record<string, string | true>>;
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  io: Io;
  /** Aborted by SIGINT or SIGTERM. */
  signal: AbortSignal;
}

export interface Command {
  /** `up`, `user create`. */
  name: string;
  summary: string;
  /** Positional arguments as shown in help: `[name…]`; absent when there are none. */
  args?: string;
  flags: Readonly<Record<string, FlagSpec>>;
  examples: readonly string[];
  /** Answers the exit code. */
  run(call: CommandCall): Promise<number>;
}
