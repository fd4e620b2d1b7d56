/**
 * One node beside redis-server, by redis-benchmark: SET with an fsync before the
 * answer beside `appendfsync always`, GET and pipelines of 16. Server and load have a
 * core each; the median of three rounds.
 *
 *   node bench/kv-single.ts [--requests 100000] [--rounds 3]
 */
import { spawnPinned, cores } from "./support/pinned.ts";
import { startRedisStore, type Store } from "./support/kv-stores.ts";
import { startTenfold } from "./support/kv-tenfold.ts";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "100000" },
    rounds: { type: "string", default: "3" },
  },
});
const rounds = Number(values.rounds);

interface Row {
  name: string;
  test: "set" | "get";
  pipeline: number;
  peer: "durable" | "plain";
  must: number;
}

const rows: readonly Row[] = [
  { name: "SET, fsync before the answer", test: "set", pipeline: 1, peer: "durable", must: 0.5 },
  { name: "GET", test: "get", pipeline: 1, peer: "plain", must: 0.6 },
  { name: "SET, pipeline 16", test: "set", pipeline: 16, peer: "durable", must: 0.4 },
  { name: "GET, pipeline 16", test: "get", pipeline: 16, peer: "plain", must: 0.4 },
];

/** Requests per second, as redis-benchmark counts them. */
async function measure(
  { ports }: Store,
  { test, pipeline }: Pick<Row, "test" | "pipeline">,
  requests = values.requests,
): Promise<number> {
  const flags = ["-p", String(ports[0]), "-c", "64", "-P", String(pipeline), "-d", "100"];
  const words = ["redis-benchmark", ...flags, "-n", requests, "-r", "100000", "-t", test, "--csv"];
  const child = spawnPinned(cores.load, words);
  let said = "";
  for await (const chunk of child.stdout ?? []) said += String(chunk);
  const line = said.split("\n").find((each) => each.toLowerCase().startsWith(`"${test}"`));
  return Number(line?.split(",")[1]?.replaceAll('"', ""));
}

const median = (numbers: number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

await using ours = await startTenfold({ nodes: 1, core: cores.server });
await using durable = await startRedisStore(cores.server, { fsync: true });
await using plain = await startRedisStore(cores.server, { fsync: false });
const peers = { durable, plain };
// So many that of 100,000 keys drawn at random all but some hundred are there; and the code is warm.
for (const store of [ours, durable, plain]) {
  await measure(store, { test: "set", pipeline: 16 }, "500000");
}

console.log(`one node beside redis-server, 64 clients, 100 bytes, medians of ${rounds}:`);
for (const row of rows) {
  const own: number[] = [];
  const other: number[] = [];
  for (let round = 0; round < rounds; round++) {
    own.push(await measure(ours, row));
    other.push(await measure(peers[row.peer], row));
  }
  const [a, b] = [median(own), median(other)];
  console.log(
    `  ${row.name.padEnd(30)} ${Math.round(a).toLocaleString("en").padStart(8)}/s   redis ${Math.round(b).toLocaleString("en").padStart(8)}/s   ${(a / b).toFixed(2)} × (must ${row.must})`,
  );
}
