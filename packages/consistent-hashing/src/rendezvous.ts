/**
 * Rendezvous hashing, "highest random weight": every member draws a number for
 * the key, and the highest wins.
 *
 *     key k     a: 0.31   b: 0.87 ◀ owner   c: 0.64 ◀ next
 *
 * Nothing is stored but the members. One that goes leaves its keys to each key's
 * second choice; one that comes takes the keys where it draws highest; the others
 * never trade. With weights the draw u ∈ (0, 1) becomes −ln(u) / weight and the
 * *lowest* wins: of exponential clocks, one rings first with a probability in
 * proportion to its rate. So weights are exact, and changing one moves nothing
 * between the others.
 *
 * Thaler and Ravishankar, "Using name-based mappings to increase hit rates",
 * IEEE/ACM ToN 1998; the weighted form: Schindelhauer and Schomaker, SPAA 2005.
 */
import { mix32 } from "./hash.ts";
import { keyHash } from "./key-hash.ts";
import type { Locator, LocatorOptions } from "./locator.ts";
import { takingMembers, type MemberLike } from "./member.ts";
import { createReplicas } from "./replicas.ts";

/** A locator by rendezvous. Build O(n), locate O(n), a whole walk O(n log n). */
export function createRendezvous(
  members: readonly MemberLike[],
  options: LocatorOptions = {},
): Locator {
  const taking = takingMembers(members);
  const ids = taking.map(({ id }) => id);
  const hash = keyHash(options);
  const seeds = Int32Array.from(ids, (id) => mix32(hash(id) + 0x9e3779b9));
  const weights = Float64Array.from(taking, ({ weight }) => weight);
  const areEqual = weights.every((weight) => weight === weights[0]);
  const choose = areEqual ? highest : soonest;

  const walk: Locator["walk"] = (key, visit) => {
    const at = hash(key);
    const order = ids
      .map((_, index) => ({ index, time: timeOf(at, seeds[index] ?? 0, weights[index] ?? 1) }))
      .sort((a, b) => a.time - b.time || a.index - b.index);
    for (const { index } of order) if (visit(index)) return;
  };
  return Object.freeze({
    algorithm: "rendezvous",
    members: taking,
    locate: (key: string) => ids[choose(hash(key), seeds, weights)],
    walk,
    replicas: createReplicas(taking, walk),
  });
}

/** When the clock of a member rings for a key. */
function timeOf(at: number, seed: number, weight: number): number {
  return -Math.log((mix32(at ^ seed) + 0.5) / 2 ** 32) / weight;
}

/** The winner among equals: no logarithm needed, the order is the same. */
function highest(at: number, seeds: Int32Array): number {
  let best = -1;
  let winner = 0;
  for (let index = 0; index < seeds.length; index++) {
    const drawn = mix32(at ^ (seeds[index] ?? 0));
    if (drawn > best) {
      best = drawn;
      winner = index;
    }
  }
  return winner;
}

function soonest(at: number, seeds: Int32Array, weights: Float64Array): number {
  let best = Infinity;
  let winner = 0;
  for (let index = 0; index < seeds.length; index++) {
    const time = timeOf(at, seeds[index] ?? 0, weights[index] ?? 1);
    if (time < best) {
      best = time;
      winner = index;
    }
  }
  return winner;
}
