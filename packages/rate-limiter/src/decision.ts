/**
 * What a limiter answers. A decision is a value: it says what happened and
 * what to do about it, and nothing in it changes later.
 *
 * All times are whole milliseconds from now, rounded up: who waits that long
 * and is alone with the counter finds what was promised.
 */

/** The answer of one limit about one key. */
export interface Decision {
  /** True when the units were granted, all of them or, where asked for, some. */
  readonly allowed: boolean;
  /** Name of the limit that this is about. */
  readonly rule: string;
  /** The most units that the counter can ever grant at once. */
  readonly limit: number;
  /** Whole units that could be granted right after this decision. */
  readonly remaining: number;
  /** Units charged: the cost, less for a partial grant, 0 when refused. */
  readonly granted: number;
  /** How long to hold back before going ahead: a place in a leaking bucket's queue, else 0. */
  readonly waitMs: number;
  /** 0 when allowed; else when the same call could succeed; Infinity when it never can. */
  readonly retryAfterMs: number;
  /** When the counter is as good as new, if nobody asks again. */
  readonly resetMs: number;
}

/**
 * The answer of several limits at once, all or nothing. Its own fields are
 * those of the limit that matters most: of those that refuse the one that
 * refuses for longest, else the one with the least left of its limit.
 */
export interface JointDecision extends Decision {
  /** One for each charge on a limit that is enforced, in the order of the charges. */
  readonly parts: readonly Decision[];
  /** One for each charge on a shadow limit: what it would have said. */
  readonly shadows: readonly Decision[];
}

/**
 * Joins the answers of several limits. `parts` are those of enforced limits;
 * without any, everything is allowed. Costs O(parts).
 */
export function joinDecisions(
  parts: readonly Decision[],
  shadows: readonly Decision[],
): JointDecision {
  let main = parts[0] ?? unlimited;
  for (const part of parts) if (matters(part, main)) main = part;
  let waitMs = 0;
  if (main.allowed) for (const part of parts) waitMs = Math.max(waitMs, part.waitMs);
  // Field by field: a spread copies at a third of the speed.
  return {
    allowed: main.allowed,
    rule: main.rule,
    limit: main.limit,
    remaining: main.remaining,
    granted: main.granted,
    waitMs,
    retryAfterMs: main.retryAfterMs,
    resetMs: main.resetMs,
    parts,
    shadows,
  };
}

function matters(part: Decision, than: Decision): boolean {
  if (part.allowed !== than.allowed) return than.allowed;
  if (!part.allowed) return part.retryAfterMs > than.retryAfterMs;
  return part.remaining * than.limit < than.remaining * part.limit;
}

/**
 * What no limit says. Its fields are in an order of their own, so that V8 gives it a hidden class
 * of its own: beside numbers as large as these, those of all other decisions would be boxed.
 */
const unlimited: Decision = Object.freeze({
  remaining: Number.MAX_SAFE_INTEGER,
  limit: Number.MAX_SAFE_INTEGER,
  allowed: true,
  rule: "",
  granted: 0,
  waitMs: 0,
  retryAfterMs: 0,
  resetMs: 0,
});
