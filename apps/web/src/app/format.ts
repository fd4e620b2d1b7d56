/** Numbers and times in the reader's language. */

const whole = new Intl.NumberFormat();
const compact = new Intl.NumberFormat(undefined, {
  notation: "compact",
  maximumFractionDigits: 1,
});
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** `1,234,567`. */
export function showNumber(value: number): string {
  return whole.format(value);
}

/** `1.2M`. */
export function showCompact(value: number): string {
  return compact.format(value);
}

/** Date and time of an RFC 3339 text. */
export function showDateTime(time: string): string {
  return dateTime.format(new Date(time));
}

/** Date of an RFC 3339 text. */
export function showDate(time: string): string {
  return date.format(new Date(time));
}

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** `3 hours ago`; `just now` under a minute. */
export function showAgo(time: string): string {
  const seconds = (Date.parse(time) - Date.now()) / 1000;
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return "just now";
}

/** `12.3 MB`, in powers of 1000 from kB on: three digits. */
export function showBytes(bytes: number): string {
  for (const [unit, size] of byteUnits) {
    if (bytes >= size * 0.9995 || unit === "kB")
      return `${threeDigits.format(bytes / size)} ${unit}`;
  }
  return `${bytes} B`;
}

const byteUnits = [
  ["GB", 1e9],
  ["MB", 1e6],
  ["kB", 1e3],
] as const;
const threeDigits = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

/** `2 d 3 h`, `4 min`, `12 s`. */
export function showDuration(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  const hours = Math.floor(seconds / 3600);
  if (hours < 24) return `${hours} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
