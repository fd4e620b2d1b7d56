/** Between RFC 3339 in UTC and what `<input type="datetime-local">` holds. */

/** `2026-03-01T08:30:00Z` → `2026-03-01T09:30` in Berlin; empty for null. */
export function localOf(time: string | null | undefined): string {
  if (time === null || time === undefined) return "";
  const then = new Date(time);
  return new Date(then.getTime() - then.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The reverse; undefined for an empty or broken input. */
export function timeOf(local: string): string | undefined {
  const then = new Date(local);
  return local === "" || Number.isNaN(then.getTime()) ? undefined : then.toISOString();
}
