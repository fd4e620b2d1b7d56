/**
 * The steward takes the cluster's next step: it is the first voter that is up, in
 * the order of names. That two nodes take themselves for it does no harm, since a
 * step counts only when the voters decided it; that nobody does lasts no longer than
 * a failure is noticed.
 */
import { endsOf, namesGone, type Configuration } from "./configuration.ts";
import {
  needsPlan,
  withChanged,
  withoutMember,
  withPlan,
  withProgress,
  withVoters,
} from "./transitions.ts";

/** What the steward knows besides the configuration. */
export interface StewardView {
  readonly isUp: (name: string) => boolean;
  /** Down for all, not only silent for a moment. */
  readonly isLost: (name: string) => boolean;
  /** The version a member has on its disk, as far as heard. */
  readonly versionOf: (name: string) => number;
  /** Whether a joining owner said that it holds all of a partition, in a phase since then. */
  readonly isFilled: (name: string, partition: number, since: number) => boolean;
  /** Whether a member said that it holds nothing that is not its own any more. */
  readonly hasLetGo: (name: string, version: number) => boolean;
}

export function stewardOf(
  { voters }: Configuration,
  isUp: (name: string) => boolean,
): string | undefined {
  return voters.toSorted().find(isUp);
}

/** The next step, or `undefined` when there is none to take now. O(moves × copies). */
export function nextStep(
  configuration: Configuration,
  view: StewardView,
): Configuration | undefined {
  const { filled, left, leaving } = progressOf(configuration, view);
  if (filled.length + left.length > 0) return withProgress(configuration, { filled, left });
  if (leaving === 0 && needsPlan(configuration)) return withPlan(configuration);
  // Voters first: who is let go must not be one of those that decide the step after.
  return (
    withVoters(configuration, (name) => !view.isLost(name)) ?? settledMember(configuration, view)
  );
}

function progressOf(
  configuration: Configuration,
  view: StewardView,
): { filled: number[]; left: number[]; leaving: number } {
  const gone = namesGone(configuration);
  const filled: number[] = [];
  const left: number[] = [];
  let leaving = 0;
  for (const [partition, { phase, since }] of configuration.moves) {
    const { before, after } = endsOf(configuration, partition);
    if (phase === "filling") {
      const joining = after.filter((name) => !before.includes(name) && !gone.has(name));
      const isReady = joining.every((name) => view.isFilled(name, partition, since));
      if (isReady) filled.push(partition);
      continue;
    }
    leaving += 1;
    const living = before.filter((name) => !gone.has(name));
    const knowing = living.filter((name) => view.versionOf(name) >= since);
    const isKnown = living.every((name) => !view.isUp(name) || knowing.includes(name));
    if (isKnown && knowing.length >= enoughOf(before.length, living.length)) left.push(partition);
  }
  // While members come or go anew, what is filled may not be wanted there any more.
  return needsPlan(configuration) ? { filled: [], left, leaving } : { filled, left, leaving };
}

/** How many former owners must be asked or told, so that one of each write quorum is among them. */
export function enoughOf(owners: number, living: number): number {
  return Math.min(living, Math.floor(owners / 2) + 1);
}

/** A member whose moves are over: it becomes a full one, or is let go. */
function settledMember(configuration: Configuration, view: StewardView): Configuration | undefined {
  const { members, moves, version } = configuration;
  if (moves.size > 0 || needsPlan(configuration)) return undefined;
  for (const { name, state } of members) {
    if (state === "joining") return withChanged(configuration, name, { state: "member" });
    if (state === "removed") return withoutMember(configuration, name);
    if (state === "leaving" && view.hasLetGo(name, version)) {
      return withoutMember(configuration, name);
    }
  }
  return undefined;
}
