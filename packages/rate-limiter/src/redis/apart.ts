/**
 * Limits of one call whose counters lie on different nodes of a cluster. No
 * script reaches two nodes, so each node decides about its own, all at once:
 *
 *   {:user 42}  ─▶ node 1: allowed ┐
 *   {:10.0.0.7} ─▶ node 2: refused ┴─▶ refused; node 1 is given back what it charged
 *
 * Nothing is granted that one of them refuses. What is not kept is that the
 * others see nothing of it: between the refusal and the giving back, a moment of
 * one round trip, a limit may look fuller than it is. It never looks emptier.
 */
import { joinDecisions, type Decision, type JointDecision } from "../decision.ts";
import type { Charge } from "../limiter.ts";
import { settlements } from "../settle.ts";

export interface ApartDeps {
  /** Takes from limits of one node, or from none. */
  readonly take: (charges: readonly Charge[]) => Promise<JointDecision>;
  /** Undoes part of it: as many units as `cost` says, negative for limits over time. */
  readonly giveBack: (charge: Charge) => Promise<void>;
}

/** Rejects when a node does; what others charged has then been given back. */
export async function takeApart(
  { take, giveBack }: ApartDeps,
  groups: readonly (readonly Charge[])[],
  order: readonly Charge[],
): Promise<JointDecision> {
  const answers = await Promise.allSettled(groups.map(take));
  const failed = answers.find((answer) => answer.status === "rejected");
  const decisions = answers.map((answer) =>
    answer.status === "fulfilled" ? answer.value : undefined,
  );
  const allowed = decisions.every((decision) => decision?.allowed === true);
  if (!allowed) {
    const due = groups.flatMap((charges, index) => {
      const decision = decisions[index];
      return decision?.allowed === true ? settlements({ charges, decision, cost: 0 }) : [];
    });
    // What cannot be given back stays charged: too strict for a while, never too lax.
    await Promise.allSettled(due.map(giveBack));
  }
  if (failed?.status === "rejected") throw failed.reason;
  return joinApart(groups, decisions, { order, allowed });
}

function joinApart(
  groups: readonly (readonly Charge[])[],
  decisions: readonly (JointDecision | undefined)[],
  { order, allowed }: { order: readonly Charge[]; allowed: boolean },
): JointDecision {
  const said = new Map<Charge, Decision>();
  for (const [index, charges] of groups.entries()) {
    const parts = [...(decisions[index]?.parts ?? [])];
    const shadows = [...(decisions[index]?.shadows ?? [])];
    for (const charge of charges) {
      const decision = (charge.limit.shadow ? shadows : parts).shift();
      if (decision !== undefined) said.set(charge, allowed ? decision : uncharged(decision));
    }
  }
  const of = (shadow: boolean): Decision[] =>
    order.flatMap((charge) => (charge.limit.shadow === shadow ? (said.get(charge) ?? []) : []));
  return joinDecisions(of(false), of(true));
}

function uncharged(decision: Decision): Decision {
  const { granted, remaining } = decision;
  return { ...decision, granted: 0, remaining: remaining + granted };
}
