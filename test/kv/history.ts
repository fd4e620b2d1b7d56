/**
 * What clients did and were told, and whether the store kept its word.
 *
 * Keys of three kinds, so that the truth needs no guessing:
 *
 *   own    one client sets and removes it, one after the other
 *   count  all clients add one to it
 *   group  all clients add members of their own to it, and remove some of them
 *
 * An outcome that is not known may come into effect at any time, also late: the
 * store says so, and a frozen process cannot do otherwise. A fourth kind, `atom`,
 * is read and written by all and judged as a linearizable register.
 */

import { linearize, type RegisterDeed } from "@tenfold/key-value-store/testing";

export type KeyKind = "own" | "count" | "group" | "atom";

export type Action =
  | { readonly kind: "set"; readonly value: string }
  | { readonly kind: "remove" }
  | { readonly kind: "increment" }
  | { readonly kind: "add"; readonly member: string }
  | { readonly kind: "take"; readonly member: string }
  | { readonly kind: "read" };

export type Outcome =
  | "ok"
  /** The store said that it did not happen. */
  | "failed"
  | "unknown";

export interface Operation {
  readonly client: number;
  readonly key: string;
  readonly action: Action;
  readonly invokedMs: number;
  endedMs: number | undefined;
  outcome: Outcome;
  /** What was read. */
  result?: string | undefined;
}

/** What a key held when all was quiet: a value, a count as text, or members. */
export type Final = string | undefined | readonly string[];

/** The kind of a key: what stands before its first colon. */
export function kindOf(key: string): KeyKind {
  const kind = /^(own|count|group|atom):/.exec(key)?.[1];
  if (kind === "own" || kind === "count" || kind === "group" || kind === "atom") return kind;
  throw new Error(`${key} is of no kind`);
}

export interface Wrong {
  /** Acknowledged and not there. */
  lost: string[];
  /** There although it was removed or replaced, and that was acknowledged. */
  risen: string[];
  /** Counts too high or too low. */
  miscounted: string[];
}

/** Compares what a key holds with what was said about it. */
export function judge(key: string, operations: readonly Operation[], final: Final): Wrong {
  const kind = kindOf(key);
  if (kind === "count") return judgeCount(key, operations, Number(final ?? 0));
  if (kind === "group") return judgeGroup(key, operations, Array.isArray(final) ? final : []);
  return judgeOwn(key, operations, typeof final === "string" ? final : undefined);
}

const nothingWrong = (): Wrong => ({ lost: [], risen: [], miscounted: [] });

const valueLeftBy = ({ action }: Operation): string | undefined =>
  action.kind === "set" ? action.value : undefined;

function judgeOwn(key: string, operations: readonly Operation[], final: string | undefined): Wrong {
  const wrong = nothingWrong();
  const writes = operations.filter(({ action }) => action.kind !== "read");
  const last = writes.findLast(({ outcome }) => outcome === "ok");
  const maybe = writes.some((each) => each.outcome === "unknown" && valueLeftBy(each) === final);
  const expected = last === undefined ? undefined : valueLeftBy(last);
  if (final === expected || maybe) return wrong;
  const older = writes.some((each) => each.outcome === "ok" && valueLeftBy(each) === final);
  if (older && final !== undefined) {
    wrong.risen.push(`${key}: ${final} is there again, after ${expected ?? "its removal"}`);
  }
  if (expected !== undefined) {
    wrong.lost.push(`${key}: ${expected} was acknowledged, ${final ?? "nothing"} is there`);
  }
  if (!older && final !== undefined) wrong.risen.push(`${key}: ${final} was never written`);
  return wrong;
}

function judgeCount(key: string, operations: readonly Operation[], final: number): Wrong {
  const wrong = nothingWrong();
  const adds = operations.filter(({ action }) => action.kind === "increment");
  const sure = adds.filter(({ outcome }) => outcome === "ok").length;
  const most = sure + adds.filter(({ outcome }) => outcome === "unknown").length;
  if (final >= sure && final <= most) return wrong;
  wrong.miscounted.push(`${key}: ${final}, where ${sure} to ${most} are right`);
  return wrong;
}

function judgeGroup(
  key: string,
  operations: readonly Operation[],
  final: readonly string[],
): Wrong {
  const wrong = nothingWrong();
  const there = new Set(final);
  const byMember = new Map<string, Operation[]>();
  for (const operation of operations) {
    const { action } = operation;
    if (action.kind !== "add" && action.kind !== "take") continue;
    const list = byMember.get(action.member) ?? [];
    byMember.set(action.member, list);
    list.push(operation);
  }
  for (const member of there) {
    if (!byMember.has(member)) wrong.risen.push(`${key}: ${member} was never added`);
  }
  for (const [member, list] of byMember) {
    const last = list.findLast(({ outcome }) => outcome === "ok")?.action.kind ?? "take";
    const unsure = list.filter(({ outcome }) => outcome === "unknown");
    const isThere = there.has(member);
    if (isThere === (last === "add")) continue;
    if (unsure.some(({ action }) => (action.kind === "add") === isThere)) continue;
    if (isThere) wrong.risen.push(`${key}: ${member} is there, after its removal`);
    else wrong.lost.push(`${key}: ${member} was acknowledged, and is not there`);
  }
  return wrong;
}

/** What is wrong with a register that all clients read and write: no order explains what they saw. */
export function judgeAtom(key: string, operations: readonly Operation[]): string[] {
  const history = operations.flatMap((operation) => {
    const { action, outcome, invokedMs, endedMs = invokedMs, result } = operation;
    // What was refused did not happen, and a read that was not answered says nothing.
    if (outcome === "failed" || (action.kind === "read" && outcome === "unknown")) return [];
    const deed = deedOf(action);
    if (deed === undefined) return [];
    const answered = { atMs: endedMs, outcome: action.kind === "read" ? result : undefined };
    return [{ deed, calledMs: invokedMs, ...(outcome === "ok" ? { answered } : {}) }];
  });
  const { isLinearizable, stuckAt } = linearize(history);
  return isLinearizable
    ? []
    : [`${key}: no order explains it from ${JSON.stringify(stuckAt[0])} on`];
}

function deedOf(action: Action): RegisterDeed | undefined {
  if (action.kind === "read") return { kind: "get" };
  if (action.kind === "set") return { kind: "set", value: action.value };
  return action.kind === "remove" ? { kind: "set", value: undefined } : undefined;
}
