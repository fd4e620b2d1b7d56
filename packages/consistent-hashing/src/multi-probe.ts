/**
 * Multi-probe consistent hashing: one point per member, several looks per key.
 *
 *        b •                    The key is hashed k times. Of the k points that come
 *      p2╱     ╲ p1             next, clockwise, the nearest one's member has it:
 *       │       • a             p1 → a is nearer than p2 → b and p3 → c, so a.
 *     c •╲     ╱
 *          p3
 *
 * A ring evens its arcs out by having many points; here the arcs stay uneven, and
 * the key looks for a near point instead: long arcs are hit more often but lose
 * more often. With k = 21 probes the fullest member has about 1.05 × the average,
 * for which a ring needs some hundreds of points each. So it is small and quickly
 * built, and a lookup costs k searches. Who comes only takes, who goes only gives.
 *
 * Appleton and O'Reilly, "Multi-probe consistent hashing", 2015: 1 + ε with
 * 1 + 1/ε probes.
 */
import { indexCircle, sortCircle } from "./circle.ts";
import { mix32 } from "./hash.ts";
import { keyHash } from "./key-hash.ts";
import type { Locator, LocatorOptions } from "./locator.ts";
import { takingMembers, type MemberLike } from "./member.ts";
import { createReplicas } from "./replicas.ts";

export interface MultiProbeOptions extends LocatorOptions {
  /** Looks per key, 1 to 1,000. Default 21. */
  probes?: number;
}

/**
 * A locator by several probes. Build O(n log n), locate O(probes), a whole walk
 * O(probes × n). Throws a RangeError for members of different weights.
 */
export function createMultiProbe(
  members: readonly MemberLike[],
  options: MultiProbeOptions = {},
): Locator {
  const { probes = 21 } = options;
  if (!Number.isInteger(probes) || probes < 1 || probes > 1_000) {
    throw new RangeError(`probes must be a whole number from 1 to 1,000, not ${probes}`);
  }
  const taking = takingMembers(members);
  if (taking.some(({ weight }) => weight !== taking[0]?.weight) || taking.length < members.length) {
    throw new RangeError("multi-probe hashing has no weights: give all members the same, or none");
  }
  const hash = keyHash(options);
  const packed = Float64Array.from(taking, ({ id }, owner) => mix32(hash(id)) * 65_536 + owner);
  const { places, owners } = sortCircle(packed);
  const search = indexCircle(places);
  const { length } = places;
  const ids = taking.map(({ id }) => id);
  const idAt = Array.from(owners, (owner) => ids[owner]);

  const locate = (key: string): string | undefined => {
    const at = hash(key);
    let nearest = Infinity;
    let found = 0;
    for (let probe = 0; probe < probes; probe++) {
      const place = probeAt(at, probe);
      const next = search(place);
      const point = next === length ? 0 : next;
      const distance = ((places[point] ?? 0) - place) >>> 0;
      if (distance >= nearest) continue;
      nearest = distance;
      found = point;
    }
    return idAt[found];
  };
  const walk: Locator["walk"] = (key, visit) => {
    const at = hash(key);
    const order = Array.from(places, (place, point) => {
      let nearest = Infinity;
      let first = 0;
      for (let probe = 0; probe < probes; probe++) {
        const distance = (place - probeAt(at, probe)) >>> 0;
        if (distance >= nearest) continue;
        nearest = distance;
        first = probe;
      }
      return { point, nearest, first };
    }).sort((a, b) => a.nearest - b.nearest || a.first - b.first || a.point - b.point);
    for (const { point } of order) if (visit(owners[point] ?? 0)) return;
  };
  return Object.freeze({
    algorithm: "multi-probe",
    members: taking,
    locate: length === 0 ? () => undefined : locate,
    walk,
    replicas: createReplicas(taking, walk),
  });
}

/** Where a key looks for the `probe`th time. */
function probeAt(hash: number, probe: number): number {
  return mix32(hash + Math.imul(probe, 0x9e3779b9));
}
