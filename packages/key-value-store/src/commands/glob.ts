/**
 * Redis's glob over bytes: `*`, `?`, `[abc]`, `[a-z]`, `[^x]`, and `\` before a
 * byte that means itself. Only the last `*` is ever gone back to, so the work is
 * at most pattern × text, however many stars a hostile pattern has.
 */

const STAR = 42;
const QUESTION = 63;
const OPEN = 91;
const CLOSE = 93;
const CARET = 94;
const DASH = 45;
const BACKSLASH = 92;

/** Whether all of `text` is what `pattern` describes. */
export function matchesGlob(pattern: Uint8Array, text: Uint8Array): boolean {
  let p = 0;
  let t = 0;
  /** Behind the last star, and the first byte that it has not swallowed. */
  let starP = -1;
  let starT = 0;
  while (t < text.length) {
    if (pattern[p] === STAR) {
      starP = ++p;
      starT = t;
      continue;
    }
    const next = p < pattern.length ? matchOne(pattern, p, text[t] ?? 0) : -1;
    if (next >= 0) {
      p = next;
      t += 1;
    } else if (starP >= 0) {
      p = starP;
      t = ++starT;
    } else return false;
  }
  while (pattern[p] === STAR) p += 1;
  return p >= pattern.length;
}

/** Where the pattern goes on when its item at `p` takes `byte`; -1 when it does not. */
function matchOne(pattern: Uint8Array, p: number, byte: number): number {
  const item = pattern[p];
  if (item === QUESTION) return p + 1;
  if (item === OPEN) return matchClass(pattern, p + 1, byte);
  const at = item === BACKSLASH && p + 1 < pattern.length ? p + 1 : p;
  return pattern[at] === byte ? at + 1 : -1;
}

/** A class from behind its bracket; one that is not closed ends with the pattern. */
function matchClass(pattern: Uint8Array, start: number, byte: number): number {
  const negated = pattern[start] === CARET;
  let p = negated ? start + 1 : start;
  let found = false;
  for (; p < pattern.length && pattern[p] !== CLOSE; p++) {
    if (pattern[p] === BACKSLASH && p + 1 < pattern.length) {
      p += 1;
      found ||= pattern[p] === byte;
    } else if (pattern[p + 1] === DASH && p + 2 < pattern.length) {
      const [one, other] = [pattern[p] ?? 0, pattern[p + 2] ?? 0];
      found ||= byte >= Math.min(one, other) && byte <= Math.max(one, other);
      p += 2;
    } else found ||= pattern[p] === byte;
  }
  return found === negated ? -1 : Math.min(p + 1, pattern.length);
}
