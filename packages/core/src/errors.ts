/**
 * The one error class. Each package or system declares its codes in a table,
 * the HTTP layer turns them into problem+json, and the documentation lists
 * exactly the codes in the tables.
 */

/** One bad input field: a JSON pointer such as `/url`, and what is wrong with it. */
export interface FieldError {
  field: string;
  detail: string;
}

export interface ErrorKind {
  /** HTTP status that fits, also outside HTTP: 4xx the caller's doing, 5xx ours. */
  status: number;
  /** A short sentence that is the same for each occurrence. */
  title: string;
  /** True when the same call may succeed later. */
  retryable?: boolean;
}

export interface ErrorFacts {
  /** What was wrong with which input, this time. Shown to callers. */
  detail?: string;
  /** What to do about it. Shown to callers. */
  hint?: string;
  fields?: readonly FieldError[];
  /** How long to wait before trying again, in seconds. */
  retryAfterSeconds?: number;
  /** The underlying error. Logged, never shown. */
  cause?: unknown;
}

export class TenfoldError extends Error {
  override readonly name = "TenfoldError";
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly retryable: boolean;
  readonly detail: string;
  readonly hint: string | undefined;
  readonly fields: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;

  constructor(code: string, kind: ErrorKind, facts: ErrorFacts = {}) {
    const detail = facts.detail ?? kind.title;
    super(
      facts.hint === undefined ? detail : `${detail} ${facts.hint}`,
      facts.cause === undefined ? {} : { cause: facts.cause },
    );
    this.code = code;
    this.status = kind.status;
    this.title = kind.title;
    this.retryable = kind.retryable ?? false;
    this.detail = detail;
    this.hint = facts.hint;
    this.fields = facts.fields ?? [];
    this.retryAfterSeconds = facts.retryAfterSeconds;
  }
}

export type ErrorTable = Readonly<Record<string, ErrorKind>>;

/** A table whose entries make errors: `errors.slug_taken({ detail })`. */
export type Errors<Table extends ErrorTable> = {
  readonly [Code in keyof Table]: (facts?: ErrorFacts) => TenfoldError;
} & { readonly table: Table };

/** Declares the codes of one package or system. Codes are snake_case. */
export function defineErrors<const Table extends ErrorTable>(table: Table): Errors<Table> {
  const makers = Object.entries(table).map(([code, kind]) => [
    code,
    (facts?: ErrorFacts) => new TenfoldError(code, kind, facts),
  ]);
  return Object.freeze({ ...Object.fromEntries(makers), table }) as Errors<Table>;
}

/** True when `error` is ours and carries `code`. */
export function hasCode(error: unknown, code: string): error is TenfoldError {
  return error instanceof TenfoldError && error.code === code;
}
