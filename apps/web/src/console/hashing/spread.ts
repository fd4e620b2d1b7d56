/** The spread of the loads against the number of virtual nodes, measured in the browser. */
import { createPartitionTable, createRing, spaceStats } from "@tenfold/consistent-hashing";

export interface SpreadPoint {
  virtualNodes: number;
  /** Standard deviation of the loads ÷ their average. */
  deviation: number;
}

export interface Spread {
  points: SpreadPoint[];
  /** The partition table's, which has no virtual nodes. */
  table: number;
}

/** Enough for a standard deviation to be more than chance. */
export const SPREAD_MEMBERS = 100;
const counts = [1, 2, 4, 7, 12, 20, 40, 70, 100, 160, 250, 400, 640, 1_000];

/** Builds 100-member rings of 1 to 1,000 virtual nodes. About 0.1 s. */
export function measureSpread(): Spread {
  const members = Array.from({ length: SPREAD_MEMBERS }, (_, n) => `s${n}`);
  return {
    points: counts.map((virtualNodes) => ({
      virtualNodes,
      deviation: spaceStats(createRing(members, { virtualNodes })).deviation,
    })),
    table: spaceStats(createPartitionTable(members)).deviation,
  };
}
