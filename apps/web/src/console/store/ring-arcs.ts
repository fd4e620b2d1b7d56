/** Who owns which part of the ring, as arcs to draw. */
import type { Ring } from "@tenfold/key-value/contract";
import { colourOf } from "../hashing/colours.ts";

/** A part of one band, from 0 to 1 clockwise from the top. */
export interface Arc {
  from: number;
  to: number;
  owner: string;
}

/** More would be thinner than a pixel: beyond it, the owners of evenly spread partitions stand for all. */
const STEPS_MAX = 256;

/** One band per copy, the first owner's outermost. Neighbours of the same owner are one arc. */
export function ringBands({ table }: Pick<Ring, "table">): Arc[][] {
  const { partitions, runs } = table;
  const copies = Math.max(0, ...runs.map((run) => run.owners.length));
  const steps = Math.min(partitions, STEPS_MAX);
  const owners = Array.from({ length: steps }, (_, step) => {
    const partition = Math.floor((step * partitions) / steps);
    return runs.find(({ first, last }) => first <= partition && partition <= last)?.owners ?? [];
  });
  return Array.from({ length: copies }, (_, copy) => {
    const arcs: Arc[] = [];
    for (const [step, each] of owners.entries()) {
      const owner = each[copy];
      if (owner === undefined) continue;
      const before = arcs.at(-1);
      if (before?.owner === owner && before.to === step / steps) before.to = (step + 1) / steps;
      else arcs.push({ from: step / steps, to: (step + 1) / steps, owner });
    }
    return arcs;
  }).filter((arcs) => arcs.length > 0);
}

/** A colour for each name, the same while the names are. */
export function memberColours(members: readonly { name: string }[]): Map<string, string> {
  const names = members
    .map(({ name }) => name)
    .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return new Map(names.map((name, index) => [name, colourOf(index)]));
}
