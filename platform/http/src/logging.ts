/**
 * The log as JSON lines, by pino. Nobody should log a secret; in case someone
 * does, fields with the usual names are replaced before they are written.
 */
import type { Log, LogFields } from "@tenfold/core";
import { TenfoldError } from "@tenfold/core";
import { pino, type DestinationStream, type Logger } from "pino";

/** Replaced by `[redacted]` at the top and one level down. */
const SECRET_NAMES = [
  "authorization",
  "body",
  "cookie",
  "cookies",
  "headers",
  "key",
  "password",
  "secret",
  "set-cookie",
  "token",
];

export interface LogOptions {
  level: "debug" | "info" | "warn" | "error" | "silent";
}

/** A log that writes to `destination`, standard output when absent. */
export function pinoLog(options: LogOptions, destination?: DestinationStream): Log {
  const settings = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRET_NAMES.flatMap(pathsOf), censor: "[redacted]" },
    serializers: { error: errorFields },
  };
  return wrap(destination === undefined ? pino(settings) : pino(settings, destination));
}

function pathsOf(name: string): string[] {
  return name.includes("-") ? [`["${name}"]`, `*["${name}"]`] : [name, `*.${name}`];
}

function wrap(logger: Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields: LogFields) => wrap(logger.child(fields)),
  };
}

/** Message, stack and causes; no other property of an error is written. */
function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(error instanceof TenfoldError ? { code: error.code } : {}),
    ...(error.cause === undefined ? {} : { cause: errorFields(error.cause) }),
  };
}
