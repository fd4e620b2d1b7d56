/**
 * Maglev hashing: a lookup table that members fill in turns, each by its own
 * order of preference.
 *
 *     a wants 3 0 4 1 …     turn 1   . . . a . . .      table size: a prime, so
 *     b wants 0 2 4 6 …     turn 2   b . . a . . .      that offset + j × skip
 *     c wants 3 4 5 6 …     turn 3   b . . a c . .      reaches every slot
 *                           …        b a b a c c b
 *
 * The turns make the shares equal to one slot; the preferences make most slots
 * stay when members change. Not all: some move between survivors, and about twice
 * as much moves as on a ring. It is for load balancers whose connections also
 * remember where they went; where a move costs data, use the partition table.
 *
 * A member of lower weight sits turns out: it is passed over until the heaviest
 * has had as many turns as makes its share due (as in Envoy).
 *
 * The slot of a hash is ⌊hash × size / 2^32⌋, so slots are ranges of hashes.
 * Eisenbud et al., "Maglev", NSDI 2016, section 3.4.
 */
import { mix32 } from "./hash.ts";
import { keyHash } from "./key-hash.ts";
import { HASH_SPACE, type HashRange, type LocatorOptions, type RangedLocator } from "./locator.ts";
import { takingMembers, type FullMember, type MemberLike } from "./member.ts";
import { createReplicas } from "./replicas.ts";

export interface MaglevOptions extends LocatorOptions {
  /**
   * Slots: a prime, above 100 × the number of members for shares within 1 %.
   * Default 65,537, or for more than 655 members the next prime above 128 × as
   * many. Set it where the number of members passes such a border: another size
   * moves nearly every key.
   */
  tableSize?: number;
}

const TABLE_SIZE_MAX = 2 ** 24;

/** A locator by Maglev. Build O(size × log size) on average, locate O(1). */
export function createMaglev(
  members: readonly MemberLike[],
  options: MaglevOptions = {},
): RangedLocator {
  const taking = takingMembers(members);
  const { tableSize: size = defaultSize(taking.length) } = options;
  if (!isPrime(size) || size > TABLE_SIZE_MAX || size <= taking.length) {
    throw new RangeError(`tableSize must be a prime above the number of members, not ${size}`);
  }
  const hash = keyHash(options);
  const ids = taking.map(({ id }) => id);
  const table = fillTable(taking, ids.map(hash), size);
  const slotOf = (key: string): number => Math.floor((hash(key) * size) / HASH_SPACE);
  const walk: RangedLocator["walk"] = (key, visit) => {
    const seen = new Uint8Array(ids.length);
    const start = slotOf(key);
    let left = ids.length;
    for (let step = 0; step < size && left > 0; step++) {
      const owner = table[(start + step) % size] ?? 0;
      if (seen[owner] === 1) continue;
      seen[owner] = 1;
      left -= 1;
      if (visit(owner)) return;
    }
  };
  return Object.freeze({
    algorithm: "maglev",
    members: taking,
    locate: (key: string) => ids[table[slotOf(key)] ?? 0],
    walk,
    replicas: createReplicas(taking, walk),
    ranges: () => (ids.length === 0 ? [] : rangesOf(table, ids)),
  });
}

/** The paper's Populate, with weights. */
function fillTable(
  members: readonly FullMember[],
  hashes: readonly number[],
  size: number,
): Uint16Array {
  const table = new Uint16Array(size);
  if (members.length === 0) return table;
  const taken = new Uint8Array(size);
  const slots = Uint32Array.from(hashes, (hash) => mix32(hash) % size);
  const skips = Uint32Array.from(hashes, (hash) => (mix32(hash ^ 0x5bd1e995) % (size - 1)) + 1);
  const heaviest = Math.max(...members.map(({ weight }) => weight));
  const steps = Float64Array.from(members, ({ weight }) => weight / heaviest);
  const due = new Float64Array(members.length);
  for (let filled = 0; ;) {
    for (let index = 0; index < members.length; index++) {
      const owed = (due[index] ?? 0) + (steps[index] ?? 0);
      // A hair below 1 counts: ten tenths must make a turn.
      due[index] = owed > 1 - 1e-9 ? owed - 1 : owed;
      if (owed <= 1 - 1e-9) continue;
      const skip = skips[index] ?? 1;
      let slot = slots[index] ?? 0;
      while (taken[slot] === 1) slot = slot + skip < size ? slot + skip : slot + skip - size;
      taken[slot] = 1;
      table[slot] = index;
      slots[index] = slot;
      filled += 1;
      if (filled === size) return table;
    }
  }
}

function rangesOf(table: Uint16Array, ids: readonly string[]): HashRange[] {
  const size = table.length;
  const ranges: HashRange[] = [];
  let from = 0;
  for (let slot = 1; slot <= size; slot++) {
    if (slot < size && table[slot] === table[slot - 1]) continue;
    const to = Math.ceil((slot * HASH_SPACE) / size);
    ranges.push({ from, to, member: ids[table[slot - 1] ?? 0] ?? "" });
    from = to;
  }
  return ranges;
}

function defaultSize(members: number): number {
  let size = members <= 655 ? 65_537 : members * 128 + 1;
  while (!isPrime(size)) size += 1;
  return size;
}

function isPrime(n: number): boolean {
  if (!Number.isInteger(n) || n < 2) return false;
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return true;
}
