/**
 * What a response tells about when to come back. `Retry-After` (RFC 9110
 * section 10.2.3) takes precedence over `RateLimit`
 * (draft-ietf-httpapi-ratelimit-headers-10), as the draft asks. What cannot be
 * read is ignored, as the draft asks too.
 */
import { parseList, type Item, type List } from "structured-headers";

/** How long to stay away, in ms from when the response came; `undefined` when it does not say. */
export function toldWaitMs(headers: Headers, nowMs: number): number | undefined {
  return retryAfterMs(headers.get("retry-after"), nowMs) ?? exhaustedMs(headers);
}

/** Seconds, or a date. A date that has passed means now. */
function retryAfterMs(text: string | null, nowMs: number): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,10}$/.test(text.trim())) return Number(text) * 1000;
  const dateMs = Date.parse(text);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

/**
 * Until the last of the exhausted policies (`r=0`) gives something again.
 * A response out of a cache tells of a moment long past, so it tells nothing.
 */
export function exhaustedMs(headers: Headers): number | undefined {
  const text = headers.get("ratelimit");
  if (text === null || Number(headers.get("age") ?? 0) > 0) return undefined;
  let longestMs: number | undefined;
  for (const { remaining, resetSeconds } of parseRateLimit(text)) {
    if (remaining === 0 && resetSeconds !== undefined) {
      longestMs = Math.max(longestMs ?? 0, resetSeconds * 1000);
    }
  }
  return longestMs;
}

/** One service limit: `"default";r=50;t=30`. */
export interface ServiceLimit {
  policy: string;
  remaining: number;
  resetSeconds: number | undefined;
}

/** The members of a `RateLimit` field; those without a name or without `r`, and a broken field, are left out. */
export function parseRateLimit(text: string): readonly ServiceLimit[] {
  return listOf(text).flatMap((member) => {
    const [policy, parameters] = member;
    const remaining = wholeNumber(parameters.get("r"));
    if (typeof policy !== "string" || remaining === undefined) return [];
    return [{ policy, remaining, resetSeconds: wholeNumber(parameters.get("t")) }];
  });
}

function listOf(text: string): Item[] {
  let list: List;
  try {
    list = parseList(text);
  } catch {
    // "Malformed RateLimit header fields MUST be ignored" (section 6).
    return [];
  }
  return list.filter((member): member is Item => !Array.isArray(member[0]));
}

function wholeNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
}
