/** Structured logs as a port: facts as fields, one short message, no formatting. */

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A log whose every line carries `fields` too. */
  child(fields: LogFields): Log;
}

const nothing = (): void => undefined;

/** Says nothing. The default of libraries, and what quiet tests use. */
export const silentLog: Log = Object.freeze({
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLog,
});
