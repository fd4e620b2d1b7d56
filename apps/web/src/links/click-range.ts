/** The stretches of time one can look at, as questions to the API. */
import { timeOf } from "./local-time.ts";

export type Bucket = "hour" | "day" | "month";
export type RangeName = "24h" | "7d" | "30d" | "12m" | "custom";

export interface RangeChoice {
  name: RangeName;
  by: Bucket;
  /** Of a custom range: `datetime-local` texts. */
  from: string;
  to: string;
}

export const rangeNames: readonly { value: RangeName; label: string }[] = [
  { value: "24h", label: "24 h" },
  { value: "7d", label: "7 d" },
  { value: "30d", label: "30 d" },
  { value: "12m", label: "12 months" },
  { value: "custom", label: "Custom" },
];

/** The bucket that suits a range best. */
export const naturalBucket: Readonly<Record<RangeName, Bucket>> = {
  "24h": "hour",
  "7d": "day",
  "30d": "day",
  "12m": "month",
  custom: "day",
};

/** Buckets that make neither one bar nor a thousand. */
export const bucketsOf: Readonly<Record<RangeName, readonly Bucket[]>> = {
  "24h": ["hour"],
  "7d": ["hour", "day"],
  "30d": ["hour", "day"],
  "12m": ["day", "month"],
  custom: ["hour", "day", "month"],
};

const HOUR_MS = 3_600_000;

/** `from` and `to` of a range that ends now. Days and months are whole ones in UTC, as they are counted. */
export function rangeQuery(choice: RangeChoice, nowMs: number): { from?: string; to?: string } {
  const now = new Date(nowMs);
  const day = (back: number): string =>
    new Date(
      Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - back),
    ).toISOString();
  switch (choice.name) {
    case "24h":
      return { from: new Date(Math.floor(nowMs / HOUR_MS) * HOUR_MS - 23 * HOUR_MS).toISOString() };
    case "7d":
      return { from: day(6) };
    case "30d":
      return { from: day(29) };
    case "12m":
      return {
        from: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 11)).toISOString(),
      };
    case "custom":
      break;
  }
  const from = timeOf(choice.from);
  const to = timeOf(choice.to);
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

const hourFormat = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  hour: "numeric",
});
const dayFormat = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  timeZone: "UTC",
});
const monthFormat = new Intl.DateTimeFormat(undefined, {
  month: "short",
  year: "2-digit",
  timeZone: "UTC",
});

/** A bucket's key for the axis: `2026-06-01T08:00:00Z`, `2026-06-01` or `2026-06`. */
export function bucketLabel(key: string, by: Bucket): string {
  const start = new Date(by === "month" ? `${key}-01` : key);
  if (Number.isNaN(start.getTime())) return key;
  const format = { hour: hourFormat, day: dayFormat, month: monthFormat }[by];
  return format.format(start);
}
