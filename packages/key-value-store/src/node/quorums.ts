/**
 * Counting copies and answers over owners that may change meanwhile: what was
 * reached by one configuration counts by the next one only for who is in that too.
 */
import { keyValueErrors } from "../errors.ts";
import { arrivals } from "./arrivals.ts";
import type { Placement } from "./ports.ts";

/** How often owners may change under one call. */
export const CHANGES_MAX = 3;

/** Who has a partition, at one moment. */
interface Layout {
  readonly owners: readonly string[];
  readonly joining: readonly string[];
}

const layoutOf = (placement: Placement, partition: number): Layout => ({
  owners: placement.owners(partition),
  joining: placement.joining(partition),
});

/** Whether nothing changed for a partition. Lists stay the same ones until a configuration comes. */
function isSameLayout(one: Layout, other: Layout): boolean {
  if (one.owners === other.owners && one.joining === other.joining) return true;
  return JSON.stringify(one) === JSON.stringify(other);
}

export interface Copies {
  readonly self: string;
  readonly placement: Placement;
  readonly partition: number;
  readonly writeQuorum: number;
  /** Brings the copy to one owner. Called at once for all, so that all hear of one configuration. */
  readonly copyTo: (owner: string) => Promise<boolean>;
}

/** Copies to all owners what this one has stored. Whether W of them, and who joins, have it. */
export async function storeCopies(copies: Copies): Promise<boolean> {
  const { self, placement, partition, writeQuorum, copyTo } = copies;
  const stored = new Set([self]);
  for (let change = 0; change < CHANGES_MAX; change++) {
    const layout = layoutOf(placement, partition);
    const { owners, joining } = layout;
    // Nobody else has it.
    if (joining.length === 0 && owners.length === 1 && owners[0] === self) return true;
    const targets = [...owners, ...joining];
    const missing = targets.filter((owner) => !stored.has(owner));
    // A cluster that is still growing has fewer owners than the bucket asks for.
    const needed = Math.min(writeQuorum, owners.length) + joining.length;
    const had = targets.length - missing.length;
    const arrived = await arrivals(
      missing.map(async (owner) => ((await copyTo(owner)) ? owner : undefined)),
      (owner) => owner !== undefined,
      needed - had,
    );
    for (const owner of arrived) if (owner !== undefined) stored.add(owner);
    if (!isSameLayout(layoutOf(placement, partition), layout)) continue;
    return targets.filter((owner) => stored.has(owner)).length >= needed;
  }
  return false;
}

export interface Question<Answer> {
  readonly placement: Placement;
  readonly partition: number;
  readonly readQuorum: number;
  readonly askOne: (owner: string) => Promise<Answer | undefined>;
}

/** Asks all owners. Resolves with the first R answers; rejects with `quorum_unavailable`. */
export async function askOwners<Answer>({
  placement,
  partition,
  readQuorum,
  askOne,
}: Question<Answer>): Promise<{ asked: Promise<Answer | undefined>[]; answers: Answer[] }> {
  for (let change = 0; change < CHANGES_MAX; change++) {
    const layout = layoutOf(placement, partition);
    const { owners } = layout;
    const needed = Math.max(1, Math.min(readQuorum, owners.length));
    const asked = owners.map(askOne);
    const first = await arrivals(asked, (answer) => answer !== undefined, needed);
    const answers = first.filter((answer) => answer !== undefined);
    if (answers.length >= needed) return { asked, answers };
    if (isSameLayout(layoutOf(placement, partition), layout)) break;
  }
  throw keyValueErrors.quorum_unavailable();
}
