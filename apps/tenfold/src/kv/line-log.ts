/** Log lines as JSON on standard error, in pino's form, for a node that loads no web server. */
import type { Log, LogFields } from "@tenfold/core";

const levels = { debug: 20, info: 30, warn: 40, error: 50, silent: 100 } as const;

export type LogLevel = keyof typeof levels;

/** Writes what is at least as severe as `level`. */
export function lineLog(level: LogLevel, always: LogFields = {}): Log {
  const write =
    (severity: Exclude<LogLevel, "silent">) =>
    (fields: LogFields, msg: string): void => {
      if (levels[severity] < levels[level]) return;
      const line = { level: levels[severity], time: Date.now(), ...always, ...fields, msg };
      process.stderr.write(`${JSON.stringify(line, plain)}\n`);
    };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: (fields) => lineLog(level, { ...always, ...fields }),
  };
}

/** Errors have no fields of their own to show; 64-bit numbers are text. */
function plain(_name: string, value: unknown): unknown {
  if (value instanceof Error) return value.stack ?? value.message;
  return typeof value === "bigint" ? String(value) : value;
}
