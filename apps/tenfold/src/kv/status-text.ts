/** A node's status as people read it in a terminal. */
import type { NodeStatus } from "@tenfold/key-value-store/client";

const counts = new Intl.NumberFormat("en");

/** Several lines, without a newline at the end. */
export function renderKvStatus(status: NodeStatus): string {
  const { table, repair, storage, moves } = status;
  const head = `cluster ${status.cluster} as ${status.name} sees it: table ${table.version}, ${counts.format(table.partitions)} partitions × ${copiesOf(table)}`;
  const all = status.members.reduce((sum, { partitions }) => sum + partitions, 0);
  const rows = status.members.map((member) => [
    member.name,
    member.state,
    member.zone === "" ? "–" : member.zone,
    member.address ?? "–",
    counts.format(member.partitions),
    all === 0 ? "–" : `${((100 * member.partitions) / all).toFixed(1)} %`,
  ]);
  const facts = [
    [
      "moves",
      moves.waiting === 0 ? "none" : `${moves.waiting} partitions to go, ${moves.done} done`,
    ],
    ["hints", hintsOf(status)],
    ["repair", repairOf(repair)],
    ...keysOf(status),
    ["here", `${size(storage.bytes)} on disk, ${size(storage.residentBytes)} in memory`],
    ...(status.reason === undefined ? [] : [["read-only", status.reason]]),
  ];
  return [
    head,
    "",
    ...columns([["node", "state", "zone", "address", "partitions", "share"], ...rows]),
    "",
    ...columns(facts),
  ].join("\n");
}

/** Prefixes with another number of copies stand apart: `3 copies ("lazy:" 1)`. */
function copiesOf({ copies, prefixes }: NodeStatus["table"]): string {
  const others = prefixes.map((each) => `${JSON.stringify(each.prefix)} ${each.copies}`);
  return `${copies} copies${others.length === 0 ? "" : ` (${others.join(", ")})`}`;
}

/** What was counted on the node's disk, and the keys that stand out. */
function keysOf({ keys: { hottest, counted } }: NodeStatus): string[][] {
  const facts: string[][] = [];
  const [hot] = hottest;
  if (counted !== undefined) {
    const { keys, tombstones, siblings, siblingsMax, biggest, ageMs } = counted;
    const most = siblings === 0 ? "" : ` (${siblingsMax} at most)`;
    const seen = `${counts.format(Math.round(ageMs / 1_000))} s ago`;
    const parts = [`${counts.format(keys)} here`, `${counts.format(tombstones)} tombstones`];
    facts.push([
      "keys",
      `${parts.join(", ")}, ${counts.format(siblings)} with siblings${most}, ${seen}`,
    ]);
    const [big] = biggest;
    if (big !== undefined) {
      const elements = big.elements === 0 ? "" : `, ${counts.format(big.elements)} elements`;
      facts.push(["largest", `${big.key} (${size(big.bytes)}${elements})`]);
    }
  }
  if (hot !== undefined) facts.push(["hottest", `${hot.key} (${counts.format(hot.perSecond)}/s)`]);
  return facts;
}

function hintsOf({ hints }: NodeStatus): string {
  if (hints.length === 0) return "none";
  return hints
    .map(({ node, count, oldestMs }) => {
      const age = oldestMs === undefined ? "" : `, the oldest ${span(oldestMs)} old`;
      return `${counts.format(count)} for ${node}${age}`;
    })
    .join("; ");
}

function repairOf({ divergent, lagMs, cellsRepaired }: NodeStatus["repair"]): string {
  const state = divergent === 0 ? "no difference known" : `${divergent} partitions differ`;
  const lag = lagMs === undefined ? "not all compared yet" : `all compared within ${span(lagMs)}`;
  return `${state}, ${lag}; ${counts.format(cellsRepaired)} ${cellsRepaired === 1 ? "cell" : "cells"} repaired`;
}

/** `3.1 MB`, in powers of a thousand. */
function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1_000 ** power;
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${units[power]}`;
}

function span(ms: number): string {
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`;
}

/** Aligned, with two spaces in front and between. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (known, row) => row.map((cell, index) => Math.max(known[index] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    `  ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ")}`.trimEnd(),
  );
}
