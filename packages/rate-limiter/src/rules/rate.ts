/**
 * How rules write a limit:
 *
 *   600 per minute            units in a window
 *   5 per 10 seconds
 *   10000 per calendar month  a window of the calendar
 *   20 at once                concurrency
 *   none                      no limit (in overrides)
 */
const UNITS_MS: Readonly<Record<string, number>> = {
  millisecond: 1,
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

export type Rate =
  | { readonly kind: "window"; readonly limit: number; readonly windowMs: number }
  | { readonly kind: "calendar"; readonly limit: number; readonly calendar: "day" | "month" }
  | { readonly kind: "concurrency"; readonly limit: number }
  | { readonly kind: "none" };

/** What a mistaken rate is told. */
export const RATE_FORMS =
  'such as "600 per minute", "5 per 10 seconds", "1000 per calendar month" or "20 at once"';

/** The rate that is written, or `undefined`. */
export function parseRate(text: string): Rate | undefined {
  const words = text.trim().toLowerCase();
  if (words === "none") return { kind: "none" };
  const calendar = /^(\d+) per calendar (day|month)$/.exec(words);
  if (calendar !== null) {
    return {
      kind: "calendar",
      limit: Number(calendar[1]),
      calendar: calendar[2] === "day" ? "day" : "month",
    };
  }
  const together = /^(\d+) at once$/.exec(words);
  if (together !== null) return { kind: "concurrency", limit: Number(together[1]) };
  const window = /^(\d+) per (.+)$/.exec(words);
  const windowMs = parseDuration(window?.[2] ?? "");
  if (window === null || windowMs === undefined) return undefined;
  return { kind: "window", limit: Number(window[1]), windowMs };
}

/** `10 seconds`, `minute`: milliseconds, or `undefined`. */
export function parseDuration(text: string): number | undefined {
  const [, count = "1", unit = ""] = /^(?:(\d+) )?([a-z]+?)s?$/.exec(text.trim()) ?? [];
  const unitMs = Object.hasOwn(UNITS_MS, unit) ? UNITS_MS[unit] : undefined;
  return unitMs === undefined ? undefined : Number(count) * unitMs;
}
