/**
 * `@tenfold/consistent-hashing/ketama`: rings that agree with memcached clients.
 * Apart from the main entry since MD5 comes from Node.
 *
 * A ketama ring takes 4 points of 32 bits out of each MD5 of "name-i":
 *
 *     md5("10.0.1.1:11211-0") = 0f1e2d3c 4b5a6978 … …   each four bytes, low first
 *                               point 0  point 1  2 3
 *
 * "Ketama" is several dialects, and a wrong one loses part of a cache without a
 * word. They differ in how many hashes a member's weight buys, and in its name:
 *
 * | dialect        | hashes of a member                               | name             |
 * |----------------|--------------------------------------------------|------------------|
 * | `libketama`    | ⌊share × 40 × n⌋, the share in single precision  | as given         |
 * | `hashring`     | ⌊share × 40 × n⌋, all in double precision (npm)  | as given         |
 * | `libmemcached` | ⌊share × 160 ÷ 4 × n + 1e-10⌋, all in single     | default port off |
 * |                | precision (pylibmc, PHP's memcached, …)          |                  |
 *
 * A weight buys by its share of all, so changing one moves keys of all others.
 * That is what it must do to be compatible; `createRing` does not.
 *
 * A weight of 0 leaves a member out (libmemcached reads it as 1).
 *
 * Jones, "libketama", last.fm 2007; libmemcached `hosts.cc`, `update_continuum`.
 */
import { createHash } from "node:crypto";
import { circleLocator, sortCircle } from "./circle.ts";
import { withHashTags } from "./hash-tag.ts";
import type { KeyHash } from "./hash.ts";
import type { RangedLocator } from "./locator.ts";
import { fillMembers, type MemberLike } from "./member.ts";

export type KetamaDialect = "libketama" | "hashring" | "libmemcached";

export interface KetamaOptions {
  /** Default `"libketama"`. */
  dialect?: KetamaDialect;
  /** Points taken from each MD5: 4, or 3 as Python's `hash_ring` does. */
  pointsPerHash?: 3 | 4;
  /** A port that is left out of the name. Default 11211 for `libmemcached`, else none. */
  defaultPort?: number;
  /** Hash only what stands in braces. Default false. */
  hashTags?: boolean;
}

const HASHES_PER_MEMBER = 40;

/** MD5 of the key's UTF-8 bytes; the first four, low byte first. */
export const md5Hash: KeyHash = (key) => createHash("md5").update(key).digest().readUInt32LE(0);

/**
 * A ring compatible with a ketama dialect. Members are `host:port` (or host). Build
 * O(p log p) with an MD5 for every four points; locate one MD5 and O(1) on average.
 */
export function createKetamaRing(
  members: readonly MemberLike[],
  options: KetamaOptions = {},
): RangedLocator {
  const { dialect = "libketama", pointsPerHash = 4, hashTags = false } = options;
  const { defaultPort = dialect === "libmemcached" ? 11_211 : undefined } = options;
  const taking = fillMembers(members).filter(({ weight }) => weight > 0);
  const sum = taking.reduce((total, { weight }) => total + weight, 0);
  const points: number[] = [];
  for (const [owner, { id, weight }] of taking.entries()) {
    const hashes = hashCounts[dialect](weight, sum, taking.length);
    const port = `:${defaultPort}`;
    const name = defaultPort !== undefined && id.endsWith(port) ? id.slice(0, -port.length) : id;
    for (let i = 0; i < hashes; i++) {
      const digest = createHash("md5").update(`${name}-${i}`).digest();
      for (let j = 0; j < pointsPerHash; j++) {
        points.push(digest.readUInt32LE(j * 4) * 65_536 + owner);
      }
    }
  }
  const hash = hashTags ? withHashTags(md5Hash) : md5Hash;
  return circleLocator("ketama", taking, sortCircle(Float64Array.from(points)), hash);
}

const hashCounts: Record<KetamaDialect, (weight: number, sum: number, n: number) => number> = {
  libketama(weight, sum, n) {
    const share = Math.fround(Math.fround(weight) / Math.fround(sum));
    return Math.floor(Math.fround(share * HASHES_PER_MEMBER * n));
  },
  hashring: (weight, sum, n) => Math.floor((weight / sum) * HASHES_PER_MEMBER * n),
  libmemcached(weight, sum, n) {
    const share = Math.fround(Math.fround(weight) / Math.fround(sum));
    const hashes = Math.fround(Math.fround(Math.fround(share * 160) / 4) * n);
    return Math.floor(Math.fround(hashes + 1e-10));
  },
};
