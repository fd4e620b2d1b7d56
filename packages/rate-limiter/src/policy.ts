/**
 * The shapes of a limit, as plain data. Each says how many units a key may
 * have, and how they come back. README.md explains and draws them.
 */

/** `limit` units per `windowMs` come back evenly; up to `burst` are saved up. */
export interface TokenBucket {
  readonly algorithm: "token-bucket";
  readonly limit: number;
  readonly windowMs: number;
  /** Capacity of the bucket. Default: `limit`. */
  readonly burst?: number;
}

/**
 * A queue that drains at `limit` units per `windowMs`, evenly. A decision's
 * `waitMs` says when it is one's turn; who finds the queue full is refused.
 */
export interface LeakingBucket {
  readonly algorithm: "leaking-bucket";
  readonly limit: number;
  readonly windowMs: number;
  /** Units that fit into the queue, the one being served included. Default: `limit`. */
  readonly queue?: number;
}

/** `limit` units in each window; windows are multiples of `windowMs` since 1970 in UTC. */
export interface FixedWindow {
  readonly algorithm: "fixed-window";
  readonly limit: number;
  readonly windowMs: number;
}

/** `limit` units in each day or month of the calendar. */
export interface CalendarWindow {
  readonly algorithm: "calendar-window";
  readonly limit: number;
  readonly calendar: "day" | "month";
  /** IANA name. Default: `UTC`. */
  readonly timeZone?: string;
}

/** At most `limit` units in any span of `windowMs`, exactly; remembers each grant. */
export interface SlidingLog {
  readonly algorithm: "sliding-log";
  readonly limit: number;
  readonly windowMs: number;
}

/** As the log, but estimated from two counters: the grants of a window count as evenly spread. */
export interface SlidingCounter {
  readonly algorithm: "sliding-counter";
  readonly limit: number;
  readonly windowMs: number;
}

/** At most `limit` units held at once. Who forgets to give one back loses it after `leaseMs`. */
export interface Concurrency {
  readonly algorithm: "concurrency";
  readonly limit: number;
  readonly leaseMs: number;
}

export type Policy =
  | TokenBucket
  | LeakingBucket
  | FixedWindow
  | CalendarWindow
  | SlidingLog
  | SlidingCounter
  | Concurrency;

export type Algorithm = Policy["algorithm"];

export const algorithms: readonly Algorithm[] = Object.freeze([
  "token-bucket",
  "leaking-bucket",
  "fixed-window",
  "calendar-window",
  "sliding-log",
  "sliding-counter",
  "concurrency",
]);
