/**
 * One more tree over the roots of all partitions that two nodes own together:
 *
 *     summary     128 groups of partitions, three numbers each    1.5 KB
 *     roots       of the 128 partitions in a group that differs   some KB
 *     the trees   of the partitions that differ
 *
 * A partition's number is worked out again only when it has changed. Of two nodes
 * that act by different configurations, groups differ that do not; that costs the
 * roots of those, and no more.
 */
import { murmur3 } from "@tenfold/consistent-hashing";
import type { Vector } from "../cell.ts";
import type { Hash } from "../hash-tree.ts";
import type { Placement } from "./ports.ts";
import type { Replica } from "./replica.ts";

/** Sums over the partitions of one group. */
export interface GroupSum {
  readonly group: number;
  /** Of what is held. */
  readonly content: Hash;
  /** Of what is known. */
  readonly known: number;
}

export interface Digests {
  /** By group, the partitions that this node and a peer both own. */
  readonly sharedWith: (peer: string) => ReadonlyMap<number, readonly number[]>;
  /**
   * O(partitions shared), and more only for those that changed since. Without groups
   * in which a tree is not made yet: they are as good as different.
   */
  readonly summary: (peer: string) => GroupSum[];
}

/** Partitions of one group at most. */
const GROUPS = 128;

interface Digest {
  readonly revision: number;
  readonly content: Hash;
  readonly known: number;
}

export function createDigests({
  self,
  placement,
  replica,
}: {
  self: string;
  placement: Placement;
  replica: Pick<Replica, "madeTree" | "knowledge" | "revision">;
}): Digests {
  const digests = new Map<number, Digest>();
  const shared = new Map<string, Map<number, number[]>>();
  let version = -1;

  const digestOf = (partition: number): Digest | undefined => {
    const revision = replica.revision(partition);
    const held = digests.get(partition);
    if (held?.revision === revision) return held;
    const content = replica.madeTree(partition)?.node(0, 0);
    if (content === undefined) return undefined;
    const digest = { revision, content, known: vectorHash(replica.knowledge(partition)) };
    digests.set(partition, digest);
    return digest;
  };
  const sharedWith = (peer: string): Map<number, number[]> => {
    if (version !== placement.version) shared.clear();
    version = placement.version;
    const known = shared.get(peer);
    if (known !== undefined) return known;
    const groups = new Map<number, number[]>();
    const groupSize = Math.ceil(placement.partitions / GROUPS);
    for (let partition = 0; partition < placement.partitions; partition++) {
      const owners = placement.owners(partition);
      if (!owners.includes(self) || !owners.includes(peer)) continue;
      const group = Math.floor(partition / groupSize);
      const members = groups.get(group) ?? [];
      members.push(partition);
      groups.set(group, members);
    }
    shared.set(peer, groups);
    return groups;
  };
  return {
    sharedWith,
    summary: (peer) =>
      [...sharedWith(peer)].flatMap(([group, partitions]) => {
        let [one, two, known] = [0, 0, 0];
        for (const partition of partitions) {
          const digest = digestOf(partition);
          if (digest === undefined) return [];
          one = (one + digest.content[0]) >>> 0;
          two = (two + digest.content[1]) >>> 0;
          known = (known + digest.known) >>> 0;
        }
        return [{ group, content: [one, two] as const, known }];
      }),
  };
}

function vectorHash(vector: Vector): number {
  const entries = [...vector].map(([actor, counter]) => `${actor}:${counter}`);
  return entries.length === 0 ? 0 : murmur3(entries.sort().join(), 5);
}
