/**
 * Bounded load over any locator: a key goes to its owner unless that is full,
 * else to the next in its walk that is not.
 *
 *     cap = ⌈factor × (keys in all, this one too) × weight / all weights⌉
 *
 *     key ─▶ a ▇▇▇▇│full ─▶ b ▇▇▇▇│full ─▶ c ▇▇▁▁│ ◀ here
 *
 * Nobody is ever given a key above its cap, so a hot range spills over to its
 * neighbours instead of drowning its owner, and as each key's walk is its own, it
 * spills to many. With factor c, adding or removing one key moves O(1/(c − 1)²)
 * others. Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing with Bounded
 * Loads", SODA 2018.
 *
 * Loads are counted here, in this process: `acquire` when work begins, `release`
 * when it ends.
 */
import type { Locator } from "./locator.ts";

export interface BoundedLoadOptions {
  /** c > 1: how far above the average a member may be. Default 1.25. */
  factor?: number;
}

export interface BoundedLoad {
  /** The member that takes one unit of load for this key; `undefined` without members. */
  acquire(key: string): string | undefined;
  /** Gives one unit back. Throws a RangeError if the member has none. */
  release(member: string): void;
  /** What a member may hold when one more unit comes. */
  capOf(member: string): number;
  /** The load of each member. */
  loads(): Map<string, number>;
  /**
   * Goes on with other members. The loads of those that stay are kept; what those
   * that go still hold can be released, and counts again should they come back.
   */
  replaceLocator(locator: Locator): void;
}

/** Throws a RangeError unless the factor is above 1. acquire O(members walked): about one. */
export function createBoundedLoad(
  initial: Locator,
  { factor = 1.25 }: BoundedLoadOptions = {},
): BoundedLoad {
  if (!(factor > 1)) throw new RangeError(`factor must be above 1, not ${factor}`);
  let locator = initial;
  let weightSum = sumOfWeights(initial);
  let total = 0;
  const loads = new Map(initial.members.map(({ id }) => [id, 0]));
  /** What those that are gone still hold: it is no load of the others' average. */
  const departed = new Map<string, number>();

  const cap = (weight: number): number => Math.ceil((factor * (total + 1) * weight) / weightSum);
  const take = (id: string): string => {
    loads.set(id, (loads.get(id) ?? 0) + 1);
    total += 1;
    return id;
  };
  return {
    acquire(key) {
      let chosen: string | undefined;
      locator.walk(key, (index) => {
        const member = locator.members[index];
        if (member === undefined || (loads.get(member.id) ?? 0) >= cap(member.weight)) return false;
        chosen = member.id;
        return true;
      });
      return chosen === undefined ? undefined : take(chosen);
    },
    release(id) {
      const holders = loads.has(id) ? loads : departed;
      const load = holders.get(id) ?? 0;
      if (load === 0) throw new RangeError(`${JSON.stringify(id)} holds nothing to release`);
      holders.set(id, load - 1);
      if (holders === loads) total -= 1;
      else if (load === 1) departed.delete(id);
    },
    capOf: (id) => cap(locator.members.find((member) => member.id === id)?.weight ?? 0),
    loads: () => new Map(loads),
    replaceLocator(next) {
      const stays = new Set(next.members.map(({ id }) => id));
      for (const [id, load] of loads) {
        if (stays.has(id)) continue;
        loads.delete(id);
        total -= load;
        if (load > 0) departed.set(id, load);
      }
      for (const id of stays) {
        if (loads.has(id)) continue;
        const held = departed.get(id) ?? 0;
        departed.delete(id);
        loads.set(id, held);
        total += held;
      }
      locator = next;
      weightSum = sumOfWeights(next);
    },
  };
}

function sumOfWeights({ members }: Locator): number {
  return members.reduce((sum, { weight }) => sum + weight, 0);
}
