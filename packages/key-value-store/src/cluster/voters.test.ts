/** Majorities of those that are left, when members are gone for good. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Configuration } from "./configuration.ts";
import { createLivePlacement } from "./live-placement.ts";
import { foundCluster, withChanged, withPlan } from "./transitions.ts";

const memberOf = (name: string) =>
  ({ name, id: 1, address: "", clientAddress: "", zone: "", weight: 1, state: "member" }) as const;

/** The group that decides for a partition besides its new owners. */
function formerVoters(configuration: Configuration): readonly string[] {
  const placement = createLivePlacement();
  placement.use(configuration);
  return placement.quorums(0)[0] ?? [];
}

const majorities = (group: readonly string[]): string[][] => {
  const all = Array.from({ length: 2 ** group.length }, (_, bits) =>
    group.filter((_each, at) => (bits >> at) & 1),
  );
  return all.filter((some) => some.length >= Math.floor(group.length / 2) + 1);
};

test("with members gone, majorities meet all majorities of before, and two owners may lose one", () => {
  for (let copies = 2; copies <= 6; copies++) {
    const names = Array.from({ length: copies }, (_, at) => `n${at}`);
    const found = foundCluster({
      clusterId: "test",
      members: [...names, "other"].map(memberOf),
      copies,
      partitions: 64,
    });
    const owners = found.target.owners(0);
    const steps: (readonly string[])[] = [owners];
    let configuration = found;
    for (const gone of owners.slice(0, Math.ceil(copies / 2))) {
      configuration = withPlan(withChanged(configuration, gone, { state: "removed" }));
      steps.push(formerVoters(configuration));
    }
    for (const [at, group] of steps.entries()) {
      for (const later of steps.slice(at)) {
        for (const one of majorities(group)) {
          for (const other of majorities(later)) {
            assert.ok(
              one.some((name) => other.includes(name)),
              `${one.join()} and ${other.join()}`,
            );
          }
        }
      }
    }
    // As soon as one of two is gone, the other decides alone.
    if (copies === 2) assert.deepEqual(steps[1], [owners[1]]);
  }
});
