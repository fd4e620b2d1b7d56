/** A node's figures in Prometheus's text format, from its status. */
import type { NodeStatus } from "../admin.ts";

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  readonly samples: readonly Sample[];
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** One family after the other. Times in seconds, sizes in bytes. */
export function renderMetrics(status: NodeStatus): string {
  return familiesOf(status)
    .map(({ name, help, type, samples }) => {
      const lines = samples.map(([labels, value]) => `${name}${show(labels)} ${value}`);
      return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
    })
    .join("");
}

function familiesOf(status: NodeStatus): Family[] {
  const { table, members, moves, hints, repair, keys, storage } = status;
  const one = (name: string, help: string, value: number): Family =>
    gauge(name, help, [[{}, value]]);
  const total = (name: string, help: string, value: number): Family => ({
    ...one(`${name}_total`, help, value),
    type: "counter",
  });
  const lag = repair.lagMs === undefined ? Number.NaN : repair.lagMs / 1_000;
  return [
    one("read_only", "1 when the disk takes no writes", status.state === "read-only" ? 1 : 0),
    one("table_version", "Version of the configuration acted by", table.version),
    gauge(
      "members",
      "Members as this node sees them",
      ["up", "suspect", "down", "joining", "leaving"].map((state) => [
        { state },
        members.filter((member) => member.state === state).length,
      ]),
    ),
    gauge(
      "partitions",
      "Partitions owned, by member",
      members.map(({ name, partitions }) => [{ member: name }, partitions]),
    ),
    one("moves_waiting", "Partitions on their way to this node", moves.waiting),
    total("moves", "Partitions that arrived since the start", moves.done),
    total("moved_bytes", "Bytes streamed to this node since the start", moves.bytes),
    gauge(
      "hints",
      "Writes kept for another member",
      hints.map(({ node, count }) => [{ member: node }, count]),
    ),
    gauge(
      "hint_age_seconds",
      "Age of the oldest hint for a member",
      hints.map(({ node, oldestMs = 0 }) => [{ member: node }, oldestMs / 1_000]),
    ),
    one("divergent_partitions", "Partitions that differed when last compared", repair.divergent),
    one("repair_lag_seconds", "Since the partition longest uncompared was compared", lag),
    total("comparisons", "Comparisons with other owners", repair.comparisons),
    total("cells_repaired", "Cells taken over in comparisons", repair.cellsRepaired),
    ...keyFamilies(keys),
    one("disk_bytes", "About how many bytes the data takes on disk", storage.bytes),
    one("resident_bytes", "Memory of the process", storage.residentBytes),
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name: `tenfold_kv_${name}`, help, type: "gauge", samples };
}

/** Ten keys of a kind at most, so that there are never many time series. */
function keyFamilies({ hottest, counted }: NodeStatus["keys"]): Family[] {
  const biggest = counted?.biggest ?? [];
  const held = (
    name: string,
    help: string,
    pick: (all: NonNullable<typeof counted>) => number,
  ): Family => gauge(name, help, counted === undefined ? [] : [[{}, pick(counted)]]);
  return [
    gauge(
      "hot_key_calls_per_second",
      "Calls of this node's clients for the keys asked for most, from a sample",
      hottest.map(({ key, perSecond }) => [{ key }, perSecond]),
    ),
    gauge(
      "big_key_bytes",
      "Bytes on disk of the largest keys",
      biggest.map(({ key, bytes }) => [{ key }, bytes]),
    ),
    gauge(
      "big_key_elements",
      "Elements of the largest keys",
      biggest.map(({ key, elements }) => [{ key }, elements]),
    ),
    held("keys", "Keys held when the disk was last gone through", (all) => all.keys),
    held("tombstones", "Removals held, as of then", (all) => all.tombstones),
    held("sibling_keys", "Keys with several concurrent values, as of then", (all) => all.siblings),
    held(
      "siblings_max",
      "Concurrent values of the key with the most, as of then",
      (all) => all.siblingsMax,
    ),
    held(
      "inventory_age_seconds",
      "Since the disk was last gone through",
      (all) => all.ageMs / 1_000,
    ),
  ];
}

function show(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}
