/**
 * A limit: a policy with a name, checked once and made ready for deciding.
 * Drivers read its flat numbers; everybody else its `name` and `policy`.
 */
import { rateLimiterErrors } from "./errors.ts";
import type { Algorithm, Policy } from "./policy.ts";

/** What to answer when the store cannot be asked in time. */
export type WhenUnavailable = "allow" | "refuse" | "local";

export type LimitSpec = Policy & {
  /** Names the counters: letters, digits and `-_./`, up to 200. */
  readonly name: string;
  /** Counts and reports, but never refuses. Default false. */
  readonly shadow?: boolean;
  /** Default "local": limit ÷ replicas, in memory. */
  readonly whenUnavailable?: WhenUnavailable;
};

export interface Limit {
  readonly name: string;
  readonly policy: Policy;
  readonly shadow: boolean;
  readonly whenUnavailable: WhenUnavailable;
  readonly algorithm: Algorithm;
  /** The most units that can be granted at once. */
  readonly capacity: number;
  /** The span that `policy.limit` is about; for a calendar window, its usual length. */
  readonly windowMs: number;
  /** How long one unit takes to come back, for the two buckets; else 0. */
  readonly intervalMs: number;
  /** Whether who is allowed may have to wait: a leaking bucket. */
  readonly waits: boolean;
  /** 64 bits that stand for name and algorithm, as two signed words. */
  readonly idLow: number;
  readonly idHigh: number;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9\-_./]{0,199}$/;
const DAY_MS = 86_400_000;
const WINDOW_MS_MAX = 400 * DAY_MS;
const UNITS_MAX = 2 ** 31 - 1;

/** Checks a limit and makes it ready; throws `limit_invalid` naming every mistake. */
export function createLimit(spec: LimitSpec): Limit {
  const { name, shadow = false, whenUnavailable = "local", ...rest } = spec;
  const policy: Policy = Object.freeze(rest);
  const mistakes = mistakesOf(spec);
  if (mistakes.length > 0) {
    throw rateLimiterErrors.limit_invalid({ detail: `Limit "${name}": ${mistakes.join("; ")}.` });
  }
  const [idLow, idHigh] = identify(`${policy.algorithm} ${name}`);
  const windowMs = windowOf(policy);
  const isBucket = policy.algorithm === "token-bucket" || policy.algorithm === "leaking-bucket";
  return Object.freeze({
    name,
    policy,
    shadow,
    whenUnavailable,
    algorithm: policy.algorithm,
    capacity: capacityOf(policy),
    windowMs,
    intervalMs: isBucket ? windowMs / policy.limit : 0,
    waits: policy.algorithm === "leaking-bucket",
    idLow,
    idHigh,
  });
}

function mistakesOf(spec: LimitSpec): string[] {
  const mistakes: string[] = [];
  const whole = (field: string, value: number, max: number): void => {
    if (Number.isInteger(value) && value >= 1 && value <= max) return;
    mistakes.push(`${field} must be a whole number from 1 to ${max}, not ${value}`);
  };
  if (!NAME.test(spec.name)) mistakes.push("its name may have letters, digits and -_./");
  whole("limit", spec.limit, UNITS_MAX);
  if ("windowMs" in spec) whole("windowMs", spec.windowMs, WINDOW_MS_MAX);
  if ("leaseMs" in spec) whole("leaseMs", spec.leaseMs, WINDOW_MS_MAX);
  if ("burst" in spec) whole("burst", spec.burst ?? spec.limit, UNITS_MAX);
  if ("queue" in spec) whole("queue", spec.queue ?? spec.limit, UNITS_MAX);
  if ("timeZone" in spec && spec.timeZone !== undefined && !isTimeZone(spec.timeZone)) {
    mistakes.push(`timeZone must be a name such as Europe/Berlin, not "${spec.timeZone}"`);
  }
  return mistakes;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).format(0) !== "";
  } catch {
    return false; // The constructor's way to say that it knows no such zone.
  }
}

function capacityOf(policy: Policy): number {
  if (policy.algorithm === "token-bucket") return policy.burst ?? policy.limit;
  if (policy.algorithm === "leaking-bucket") return policy.queue ?? policy.limit;
  return policy.limit;
}

function windowOf(policy: Policy): number {
  if ("windowMs" in policy) return policy.windowMs;
  if ("leaseMs" in policy) return policy.leaseMs;
  return policy.calendar === "day" ? DAY_MS : 30 * DAY_MS;
}

/** FNV-1a over the characters, twice with different starts. Names are ours, so no key is needed. */
function identify(text: string): [low: number, high: number] {
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (let at = 0; at < text.length; at++) {
    low = Math.imul(low ^ text.charCodeAt(at), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(at), 0x85ebca6b);
    high ^= high >>> 13;
  }
  return [low | 0, high | 0];
}
