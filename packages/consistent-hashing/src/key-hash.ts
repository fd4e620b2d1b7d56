/** The one hash a locator uses, from its options. */
import { withHashTags } from "./hash-tag.ts";
import { murmur3, type KeyHash } from "./hash.ts";
import type { LocatorOptions } from "./locator.ts";

/** Plain, without a call in between, unless hash tags are wanted. */
export function keyHash({ hash, hashTags = false }: LocatorOptions): KeyHash {
  const plain = hash ?? defaultHash;
  return hashTags ? withHashTags(plain) : plain;
}

/** `murmur3` without its second parameter. */
const defaultHash: KeyHash = (key) => murmur3(key);
