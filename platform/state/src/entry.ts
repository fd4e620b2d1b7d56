/**
 * What a key's text means. Ordinary values are stored as they are; a leading
 * NUL, which neither JSON nor a counter can begin with, marks the rest:
 *
 *   text          the value "text"
 *   NUL NUL text  the value NUL + "text"
 *   NUL -         known to be absent (a loader found nothing)
 *   NUL L token   being loaded by the holder of the token
 *
 * So `set` may prime what `getOrLoad` reads, and one `delete` takes away a
 * value and a lease alike: in a cluster both always live on the same node.
 */
const MARK = "\0";

/** Stored where a loader found nothing. */
export const NOTHING = `${MARK}-`;

export type Entry =
  | { kind: "value"; value: string }
  | { kind: "nothing" }
  /** Someone is fetching it. */
  | { kind: "lease" };

/** The text under which `value` is stored. */
export function encodeValue(value: string): string {
  return value.startsWith(MARK) ? MARK + value : value;
}

/** The text of a lease held under `token`. */
export function encodeLease(token: string): string {
  return `${MARK}L${token}`;
}

/** What a stored text means. */
export function decodeEntry(text: string): Entry {
  if (!text.startsWith(MARK)) return { kind: "value", value: text };
  if (text.startsWith(MARK, 1)) return { kind: "value", value: text.slice(1) };
  return { kind: text === NOTHING ? "nothing" : "lease" };
}
