/**
 * Hash and collision resolution: the code is a hash of the URL; when it is
 * taken, a counter is appended and it is hashed again.
 *
 *   HMAC-SHA-256(key, domain owner URL #0) ─▶ mod 62^7 ─▶ "aZ3kQ9x"  taken?
 *   HMAC-SHA-256(key, domain owner URL #1) ─▶ mod 62^7 ─▶ "04hTTbW"  free
 *
 * "Taken?" would be a query per link; a Bloom filter over all codes answers it
 * from memory. Its false positives (1 %) cost one more hash. What other
 * processes take meanwhile it does not know: the unique index decides, and the
 * next attempt starts behind the refused one. Keyed, because a code that anyone
 * could compute from a URL would tell whether someone has shortened it.
 */
import { createHmac } from "node:crypto";
import { CODE_LENGTH, writeCode, type Alphabet } from "./alphabet.ts";
import { createBloomFilter, type BloomFilter } from "./bloom-filter.ts";
import { isPresentable, type CodeSource } from "./codes.ts";

export interface HashCodesDeps {
  /** How many codes there are, and each of them, at start. */
  countCodes(): Promise<number>;
  eachCode(): AsyncIterable<{ domain: string; code: string }>;
}

export interface HashCodesOptions {
  alphabet: Alphabet;
  key: Uint8Array;
}

const FILTER_CAPACITY_MIN = 1_000_000;
/** So many attempts per refused insert lie behind a code that the next begins there. */
const ROUNDS_PER_ATTEMPT = 64;

/** Makes the source; `start` reads all codes once, about a second per million. */
export function createHashCodes(
  deps: HashCodesDeps,
  { alphabet, key }: HashCodesOptions,
): CodeSource {
  const filters: [BloomFilter, ...BloomFilter[]] = [createBloomFilter(FILTER_CAPACITY_MIN)];
  const taken = (domain: string, code: string): void => {
    // A full filter is kept, and one twice its size put in front of it.
    if (filters[0].count >= filters[0].capacity) {
      filters.unshift(createBloomFilter(filters[0].capacity * 2));
    }
    filters[0].add(`${domain}/${code}`);
  };
  const mightBeTaken = (domain: string, code: string): boolean =>
    filters.some((filter) => filter.mightHave(`${domain}/${code}`));
  const codeOf = (text: string): string => {
    const digest = createHmac("sha256", key).update(text).digest();
    return writeCode(digest.readBigUInt64BE(0) % alphabet.size, alphabet, CODE_LENGTH);
  };

  return {
    async start() {
      const count = await deps.countCodes();
      if (count * 2 > FILTER_CAPACITY_MIN) filters[0] = createBloomFilter(count * 2);
      for await (const { domain, code } of deps.eachCode()) taken(domain, code);
    },
    async next({ url, domain, ownerId, attempt }) {
      for (let round = attempt * ROUNDS_PER_ATTEMPT; ; round += 1) {
        const code = codeOf(`${domain} ${ownerId} ${url} #${round}`);
        if (!isPresentable(code) || mightBeTaken(domain, code)) continue;
        taken(domain, code);
        return code;
      }
    },
    taken,
  };
}
