/**
 * Counting copies and answers over owners that may change meanwhile: what was
 * reached by one configuration counts by the next one only for who is in that too.
 */
import { keyValueErrors } from "../errors.ts";
import { arrivals } from "./arrivals.ts";
import type { Peers } from "./peers.ts";
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
    const targets = joining.length === 0 ? owners : [...owners, ...joining];
    const missing = targets.filter((owner) => !stored.has(owner));
    // A cluster that is still growing has fewer owners than the bucket asks for.
    const needed = Math.min(writeQuorum, owners.length) + joining.length;
    const had = targets.length - missing.length;
    const copied = missing.map(async (owner) => {
      const isStored = await copyTo(owner);
      if (isStored) stored.add(owner);
      return isStored;
    });
    await arrivals(copied, Boolean, needed - had);
    if (!isSameLayout(layoutOf(placement, partition), layout)) continue;
    return targets.filter((owner) => stored.has(owner)).length >= needed;
  }
  return false;
}

export interface Question<Answer> {
  readonly self: string;
  readonly placement: Placement;
  readonly peers: Pick<Peers, "isReachable">;
  readonly partition: number;
  readonly readQuorum: number;
  /** `slow` is called when the answer takes longer than it should. */
  readonly askOne: (owner: string, slow: () => void) => Promise<Answer | undefined>;
}

export interface Answers<Answer> {
  /** The first R. */
  readonly answers: Answer[];
  /** Of all that were asked, those that did not answer left out. */
  readonly later: () => Promise<Answer[]>;
  /** Asks those who were not asked, and waits for everybody. */
  readonly everybody: () => Promise<Answer[]>;
}

/**
 * Asks R owners, this node and those it can reach first, and one more for each that
 * does not answer or is slow. Resolves with the first R answers; rejects with
 * `quorum_unavailable`.
 */
export async function askOwners<Answer>(question: Question<Answer>): Promise<Answers<Answer>> {
  const { placement, partition, readQuorum } = question;
  for (let change = 0; change < CHANGES_MAX; change++) {
    const layout = layoutOf(placement, partition);
    const { owners } = layout;
    const needed = Math.max(1, Math.min(readQuorum, owners.length));
    const poll = new Poll(question, bestFirst(question, owners));
    if (await poll.reaches(needed)) return poll;
    if (isSameLayout(layoutOf(placement, partition), layout)) break;
  }
  throw keyValueErrors.quorum_unavailable();
}

function bestFirst<Answer>({ self, peers }: Question<Answer>, owners: readonly string[]): string[] {
  const isNear = (owner: string): boolean => owner === self || peers.isReachable(owner);
  const near = owners.filter(isNear);
  const others = owners.filter((owner) => !isNear(owner));
  const ownFirst = near.filter((owner) => owner === self);
  return [...ownFirst, ...near.filter((owner) => owner !== self), ...others];
}

/** One round of asking. */
class Poll<Answer> implements Answers<Answer> {
  readonly #question: Question<Answer>;
  /** Not asked yet, the best first. */
  readonly #left: string[];
  readonly #asked: Promise<Answer | undefined>[] = [];
  readonly #arrived: Answer[] = [];
  #open = 0;
  #needed = 0;
  #settle: (isReached: boolean) => void = () => undefined;

  constructor(question: Question<Answer>, owners: string[]) {
    this.#question = question;
    this.#left = owners;
  }

  reaches(needed: number): Promise<boolean> {
    this.#needed = needed;
    return new Promise((resolve) => {
      this.#settle = resolve;
      for (let count = 0; count < needed; count++) this.#askNext();
    });
  }

  get answers(): Answer[] {
    return this.#arrived.slice(0, this.#needed);
  }

  async later(): Promise<Answer[]> {
    return (await Promise.all(this.#asked)).filter((answer) => answer !== undefined);
  }

  everybody(): Promise<Answer[]> {
    while (this.#left.length > 0) this.#askNext();
    return this.later();
  }

  #askNext(): void {
    const owner = this.#left.shift();
    if (owner === undefined) return;
    this.#open += 1;
    const slow = (): void => {
      if (this.#arrived.length < this.#needed) this.#askNext();
    };
    const asked = this.#question.askOne(owner, slow).catch(() => undefined);
    this.#asked.push(asked);
    void asked.then((answer) => this.#hear(answer));
  }

  #hear(answer: Answer | undefined): void {
    this.#open -= 1;
    if (answer !== undefined) this.#arrived.push(answer);
    if (this.#arrived.length >= this.#needed) return this.#settle(true);
    if (answer === undefined) this.#askNext();
    if (this.#open === 0) this.#settle(false);
  }
}
