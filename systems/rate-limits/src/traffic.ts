/** What each rule decided in this process, and who came most. Two numbers and a few places per decision. */
import type { Clock, Metrics } from "@tenfold/core";
import type { Charge, JointDecision } from "@tenfold/rate-limiter";
import { createHottest, type Hottest } from "./hottest.ts";

export interface RuleCounts {
  allowed: number;
  refused: number;
  /** What a shadow rule would have refused. */
  wouldRefuse: number;
}

export interface RuleTraffic {
  readonly counts: Readonly<RuleCounts>;
  readonly hottest: Hottest;
}

export interface Traffic {
  /** Notes a decision about `charges`. */
  note(charges: readonly Charge[], decision: JointDecision): void;
  /** Of one rule, by name; made when first asked for. */
  of(rule: string): RuleTraffic;
  /** Adds what has been counted since the last time to the metrics. */
  report(): void;
}

interface Entry {
  counts: RuleCounts;
  reported: RuleCounts;
  hottest: Hottest;
}

const none = (): RuleCounts => ({ allowed: 0, refused: 0, wouldRefuse: 0 });

export function createTraffic(deps: { clock: Clock; metrics: Metrics }): Traffic {
  const entries = new Map<string, Entry>();
  const counter = deps.metrics.counter({
    name: "tenfold_limit_decisions_total",
    help: "Decisions of the rate limits, by rule; outcome is allowed, refused or would_refuse (shadow)",
    labels: ["rule", "outcome"],
  });
  const entryOf = (rule: string): Entry => {
    const found = entries.get(rule);
    if (found !== undefined) return found;
    const made = { counts: none(), reported: none(), hottest: createHottest(deps) };
    entries.set(rule, made);
    return made;
  };

  return {
    note(charges, decision) {
      let part = 0;
      let shadow = 0;
      for (const { limit, key, cost = 1 } of charges) {
        const said = limit.shadow ? decision.shadows[shadow++] : decision.parts[part++];
        if (said === undefined) continue;
        const { counts, hottest } = entryOf(limit.name);
        if (said.allowed) {
          // Another rule refused: this one charged nothing.
          if (decision.allowed) counts.allowed += 1;
        } else if (limit.shadow) counts.wouldRefuse += 1;
        else counts.refused += 1;
        hottest.visit(key, cost, !said.allowed);
      }
    },
    of: entryOf,
    report() {
      for (const [rule, { counts, reported }] of entries) {
        counter.add(counts.allowed - reported.allowed, { rule, outcome: "allowed" });
        counter.add(counts.refused - reported.refused, { rule, outcome: "refused" });
        counter.add(counts.wouldRefuse - reported.wouldRefuse, { rule, outcome: "would_refuse" });
        Object.assign(reported, counts);
      }
    },
  };
}
