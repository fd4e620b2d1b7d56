/**
 * Comparing a partition with another owner, and forgetting what all have seen.
 *
 *     this node                                   the other
 *        ── hashes of the root's children? ──────▶
 *        ◀── 8 hashes, and its knowledge K ───────   K first, then the hashes
 *        ── hashes below those that differ? ─────▶
 *        ◀── 8 hashes each ───────────────────────
 *        ── dots of the leaves that differ ──────▶
 *        ◀── the cells that differ ───────────────
 *     merges them all, and then takes over K
 *
 * After it this node holds whatever the other held when it began, so it may say of
 * itself what the other said: K. The other learns nothing here; it asks on its own.
 */
import { nameOf } from "../buffers.ts";
import { leafRange } from "../cell-key.ts";
import {
  covers,
  coversAll,
  hasDot,
  joinVectors,
  type Cell,
  type Dot,
  type Vector,
} from "../cell.ts";
import { differingChildren, LEVELS, type Hash } from "../hash-tree.ts";
import { isInvisible } from "../payload.ts";
import type { Digests } from "./digests.ts";
import type { Reply, Request } from "./messages.ts";
import type { Peers } from "./peers.ts";
import type { Placement } from "./ports.ts";
import type { Learnt, Replica } from "./replica.ts";

/** Cells in one message at most. */
const CELLS_MAX = 256;

export interface AntiEntropy {
  /** One comparison. False when the other did not answer, or not to the end. */
  compare(peer: string, partition: number): Promise<boolean>;
  /** Compares only the roots of many partitions: those in which both hold the same. */
  compareMany(peer: string, partitions: readonly number[]): Promise<Set<number>>;
  /** Where a peer and this node differ, of all that both own. `undefined` when it does not answer. */
  survey(peer: string): Promise<Differences | undefined>;
  /** Cells that comparisons brought here since the start. */
  repaired(): number;
  /** Forgets what may be forgotten of a partition. How many cells went. */
  forget(partition: number, nowMs: number): Promise<number>;
}

/** Partitions, each among others that may well be equal: only their roots can say. */
export interface Differences {
  /** In groups that do not hold the same. */
  readonly differing: number[];
  /** In groups that do, of which the peer knows something else. */
  readonly unlearnt: number[];
}

export interface AntiEntropyDeps {
  readonly digests: Digests;
  readonly self: string;
  readonly placement: Placement;
  readonly peers: Peers;
  readonly replica: Replica;
  readonly requestTimeoutMs: number;
}

export function createAntiEntropy({
  self,
  digests,
  placement,
  peers,
  replica,
  requestTimeoutMs,
}: AntiEntropyDeps): AntiEntropy {
  /** What other owners last said that they know, by partition. */
  const said = new Map<number, Map<string, Vector>>();
  let repaired = 0;
  const ask = (peer: string, request: Request): Promise<Reply | undefined> =>
    peers.request(peer, request, requestTimeoutMs);

  /** Page by page: a leaf may hold a collection of any size. */
  const fetchLeaf = async (
    { peer, partition, holder }: { peer: string; partition: number; holder: number },
    leaf: number,
  ): Promise<boolean> => {
    const end = leafRange(partition, leaf).to;
    let { from } = leafRange(partition, leaf);
    for (;;) {
      const page = await replica.page({ from, to: end, limit: CELLS_MAX });
      const to = page.isWhole ? end : after(page.cells.at(-1)?.place ?? end);
      const held = page.cells.map(({ place, cell }) => ({ place, dots: dotsOf(cell) }));
      const reply = await ask(peer, { kind: "leaf", partition, from, to, held });
      if (reply?.kind !== "cells" || reply.holder !== holder) return false;
      if (!(await replica.mergeAll(reply.cells))) return false;
      repaired += reply.cells.length;
      from = reply.next.length > 0 ? reply.next : to;
      if (Buffer.compare(from, end) >= 0) return true;
    }
  };
  /** What a peer knows is known here too, once this node holds whatever the peer held. */
  const learnFrom = async (peer: string, told: ReadonlyMap<number, Learnt>): Promise<void> => {
    const news = [...told].filter(([partition, { vector }]) => {
      return !coversAll(replica.knowledge(partition), vector);
    });
    if (news.length > 0) await replica.learn(new Map(news));
    for (const [partition, { vector }] of told) {
      const voices = said.get(partition) ?? new Map<string, Vector>();
      said.set(partition, voices.set(peer, vector));
    }
  };

  return {
    async compare(peer, partition) {
      let differing = [0];
      let knowledge: Vector | undefined;
      // What it said it knows holds only for the data it had then: not after a loss of its disk.
      let holder: number | undefined;
      const losses = replica.losses(partition);
      for (let level = 0; level < LEVELS; level++) {
        const below: number[] = [];
        for (const index of differing) {
          const reply = await ask(peer, { kind: "hashes", partition, level, index });
          if (reply?.kind !== "hashes" || (holder ?? reply.holder) !== reply.holder) return false;
          knowledge ??= reply.knowledge;
          holder = reply.holder;
          const tree = await replica.tree(partition);
          below.push(...differingChildren(tree, { level, index }, reply.hashes));
        }
        differing = below;
      }
      for (const leaf of differing) {
        if (holder === undefined) return false;
        if (!(await fetchLeaf({ peer, partition, holder }, leaf))) return false;
      }
      if (knowledge === undefined || replica.losses(partition) !== losses) return false;
      await learnFrom(peer, new Map([[partition, { vector: knowledge, losses }]]));
      return true;
    },
    async compareMany(peer, partitions) {
      const reply = await ask(peer, { kind: "roots", partitions });
      if (reply?.kind !== "roots") return new Set();
      const equal = new Map<number, Learnt>();
      for (const [at, partition] of partitions.entries()) {
        const root = reply.roots[at];
        if (root === undefined) continue;
        const tree = await replica.tree(partition);
        if (!isSameHash(root.hash, tree.node(0, 0))) continue;
        equal.set(partition, { vector: root.knowledge, losses: replica.losses(partition) });
      }
      await learnFrom(peer, equal);
      return new Set(equal.keys());
    },
    async survey(peer) {
      const reply = await ask(peer, { kind: "summary" });
      if (reply?.kind !== "summary") return undefined;
      const theirs = new Map(reply.groups.map((each) => [each.group, each]));
      const found: Differences = { differing: [], unlearnt: [] };
      const ours = new Map(digests.summary(peer).map((each) => [each.group, each]));
      for (const [group, partitions] of digests.sharedWith(peer)) {
        const [our, their] = [ours.get(group), theirs.get(group)];
        // Of a group that one of them has not gone through yet, nothing is known.
        if (our === undefined || their === undefined || !isSameHash(our.content, their.content)) {
          found.differing.push(...partitions);
        } else if (our.known !== their.known) found.unlearnt.push(...partitions);
      }
      return found;
    },
    repaired: () => repaired,
    async forget(partition, nowMs) {
      const own = replica.knowledge(partition);
      const others = [...placement.owners(partition), ...placement.joining(partition)]
        .filter((owner) => owner !== self)
        .map((owner) => said.get(partition)?.get(owner));
      // Every owner must have seen it, and this one must know for good what it replaced.
      const isSafe = (cell: Cell): boolean =>
        isInvisible(cell, nowMs) &&
        coversAll(own, cell.clock) &&
        others.every(
          (known) => known !== undefined && dotsOf(cell).every((dot) => covers(known, dot)),
        );
      let gone = 0;
      for await (const place of replica.tombstones(partition)) {
        if (await replica.purge(place, isSafe)) gone += 1;
      }
      return gone;
    },
  };
}

/** The other side: the hashes of a node's children, with the knowledge of that moment. */
export async function answerHashes(
  replica: Replica,
  { partition, level, index }: Extract<Request, { kind: "hashes" }>,
): Promise<Reply> {
  // Going through the partition may find that less is known of it than was thought.
  const tree = await replica.tree(partition);
  const knowledge = replica.knowledge(partition);
  const hashes = tree.children(level, index);
  return { kind: "hashes", hashes, knowledge, holder: replica.actorOf(partition) };
}

/**
 * The other side: the roots, each with the knowledge of that moment. Of a partition
 * that was not gone through, nothing: the asker will ask for its hashes, and wait.
 */
export function answerRoots(
  replica: Replica,
  { partitions }: Extract<Request, { kind: "roots" }>,
): Reply {
  const roots = partitions.map((partition) => {
    const tree = replica.madeTree(partition);
    if (tree === undefined) return unknownRoot;
    return { knowledge: replica.knowledge(partition), hash: tree.node(0, 0) };
  });
  return { kind: "roots", roots };
}

/** No tree has it but by chance, and then nobody learns anything by it. */
const unknownRoot: { hash: Hash; knowledge: Vector } = {
  hash: [0xffff_ffff, 0xffff_ffff],
  knowledge: new Map(),
};

/**
 * The other side: every cell from one place to another that the asker does not hold
 * as this replica does. Stops early where that is more than fits a message.
 */
export async function answerLeaf(
  replica: Replica,
  { partition, from, to, held }: Extract<Request, { kind: "leaf" }>,
): Promise<Reply> {
  const knowledge = replica.knowledge(partition);
  const page = await replica.page({ from, to, limit: CELLS_MAX });
  const last = page.isWhole ? undefined : page.cells.at(-1)?.place;
  const next = last === undefined ? new Uint8Array() : after(last);
  const own = new Map(page.cells.map((each) => [nameOf(each.place), each]));
  const cells: { place: Uint8Array; cell: Cell }[] = [];
  for (const { place, dots } of held) {
    // What lies behind this page is compared with the next.
    if (last !== undefined && Buffer.compare(place, last) > 0) continue;
    const name = nameOf(place);
    const cell = own.get(name)?.cell ?? (await replica.read(place));
    own.delete(name);
    // What this replica has seen and no longer holds, the asker is told to be gone.
    const gone = dots.filter((dot) => covers(knowledge, dot) && !hasDot(cell, dot));
    const isNews = cell.versions.some((version) => !dots.some((dot) => isSame(dot, version)));
    const isGone = dots.some((dot) => covers(cell.clock, dot) && !hasDot(cell, dot));
    if (!isNews && !isGone && gone.length === 0) continue;
    cells.push({ place, cell: { ...cell, clock: joinVectors(cell.clock, highest(gone)) } });
  }
  cells.push(...[...own.values()].filter(({ cell }) => cell.versions.length > 0));
  // After it has read: what was dropped meanwhile is another holder's.
  return { kind: "cells", cells, next, holder: replica.actorOf(partition) };
}

/** The first place after one. */
const after = (place: Uint8Array): Uint8Array => Buffer.concat([place, Buffer.of(0)]);

const isSameHash = (one: Hash, other: Hash): boolean => one[0] === other[0] && one[1] === other[1];

const isSame = (one: Dot, other: Dot): boolean =>
  one.actor === other.actor && one.counter === other.counter;

const dotsOf = (cell: Cell): Dot[] =>
  cell.versions.map(({ actor, counter }) => ({ actor, counter }));

/** A vector that covers the dots. */
function highest(dots: readonly Dot[]): Vector {
  return dots.reduce<Vector>(
    (vector, { actor, counter }) => joinVectors(vector, new Map([[actor, counter]])),
    new Map(),
  );
}
