/** Those among whom keys are divided. */

/** One server, shard or worker. */
export interface Member {
  /** Unique, not empty. Its place depends on this name alone. */
  readonly id: string;
  /** How much it takes, relative to the others. 1 when absent; 0 takes nothing (it drains). */
  readonly weight?: number;
  /** What fails together: a rack, a building. Replicas spread over zones. */
  readonly zone?: string;
}

/** A member by name only, or with weight and zone. */
export type MemberLike = string | Member;

/** A member with its defaults filled in. */
export interface FullMember {
  readonly id: string;
  readonly weight: number;
  /** `""` for those that name none: together they are one zone. */
  readonly zone: string;
}

/** Members an index of 16 bits can tell apart. */
export const MEMBERS_MAX = 65_535;

/** Fills in defaults, in the given order. Throws a RangeError for what makes no sense. O(n). */
export function fillMembers(members: readonly MemberLike[]): FullMember[] {
  if (members.length > MEMBERS_MAX) {
    throw new RangeError(`at most ${MEMBERS_MAX} members, not ${members.length}`);
  }
  const seen = new Set<string>();
  return members.map((like) => {
    const { id, weight = 1, zone = "" } = typeof like === "string" ? { id: like } : like;
    if (id === "") throw new RangeError("a member needs an id that is not empty");
    if (seen.has(id)) throw new RangeError(`two members are called ${JSON.stringify(id)}`);
    seen.add(id);
    if (!Number.isFinite(weight) || weight < 0) {
      throw new RangeError(`the weight of ${JSON.stringify(id)} must be 0 or more, not ${weight}`);
    }
    return Object.freeze({ id, weight, zone });
  });
}

/** The same, by ID (code units), so that the order they were given in decides nothing. O(n log n). */
export function sortMembers(members: readonly MemberLike[]): FullMember[] {
  return fillMembers(members).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Those that take keys, sorted. */
export function takingMembers(members: readonly MemberLike[]): FullMember[] {
  return sortMembers(members).filter(({ weight }) => weight > 0);
}
