/** Rules for keys that begin alike. */

/**
 * The rule of a key: the one whose prefix, in bytes of latin-1, is the longest that
 * fits. O(rules); O(1) where there are none.
 */
export function byPrefix<Rule extends { readonly prefix: string }>(
  rules: readonly Rule[],
  fallback: Rule,
): (key: Uint8Array) => Rule {
  const byLength = rules
    .map((rule) => ({ rule, bytes: Buffer.from(rule.prefix, "latin1") }))
    .sort((one, other) => other.bytes.length - one.bytes.length);
  if (byLength.length === 0) return () => fallback;
  return (key) =>
    byLength.find(({ bytes }) => bytes.equals(key.subarray(0, bytes.length)))?.rule ?? fallback;
}
