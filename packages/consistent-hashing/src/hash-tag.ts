/**
 * Hash tags: keys that must live together name what they share in braces, and
 * only that is hashed. `{user:7}:inbox` and `{user:7}:sent` have one owner.
 */
import type { KeyHash } from "./hash.ts";

/**
 * What is hashed of a key: the text between the first `{` and the first `}` after
 * it, unless it is empty; else the whole key. As in the Redis cluster
 * specification, "Hash tags".
 */
export function hashTag(key: string): string {
  const open = key.indexOf("{");
  if (open < 0) return key;
  const close = key.indexOf("}", open + 1);
  return close <= open + 1 ? key : key.slice(open + 1, close);
}

/** `hash`, applied to the tag of a key. */
export function withHashTags(hash: KeyHash): KeyHash {
  return (key) => hash(hashTag(key));
}
