/**
 * Our own cluster as real processes: each node is `./tenfold kv node` on a folder of
 * its own, and reaches each other one through a door, a door per direction.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectTo } from "./clients.ts";
import { freePorts } from "@tenfold/core";
import { createDaemon, type Daemon } from "./daemon.ts";
import { openDoor, type Door } from "./door.ts";
import { until, type Fault, type Target } from "./target.ts";

const main = fileURLToPath(new URL("../../apps/tenfold/src/main.ts", import.meta.url));

export interface TenfoldCluster extends Target {
  /** For clients, by node. */
  readonly ports: ReadonlyMap<string, number>;
  pidOf(node: string): number | undefined;
  statusOf(node: string): Promise<Readonly<Record<string, unknown>>>;
  /** What a node said last, for when a test fails. */
  saidBy(node: string): string;
}

export interface TenfoldClusterOptions {
  readonly nodes?: number;
  readonly copies?: number;
}

interface Member {
  readonly name: string;
  readonly port: number;
  readonly peerPort: number;
  readonly daemon: Daemon;
  /** Doors to the other nodes, by their names. */
  readonly doors: ReadonlyMap<string, Door>;
}

/** Starts it and waits until every node is a full member. */
export async function startTenfoldCluster({
  nodes = 3,
  copies = 3,
}: TenfoldClusterOptions = {}): Promise<TenfoldCluster> {
  const folder = await mkdtemp(join(tmpdir(), "kv-nemesis-"));
  const ports = await freePorts(2 * nodes);
  const names = Array.from({ length: nodes }, (_, index) => String.fromCharCode(97 + index));
  const places = names.map((name, index) => ({
    name,
    port: ports[index] ?? 0,
    peerPort: ports[nodes + index] ?? 0,
  }));
  const members: Member[] = [];
  for (const place of places) {
    const doors = new Map<string, Door>();
    for (const other of places) {
      if (other !== place) doors.set(other.name, await openDoor(other.peerPort));
    }
    members.push({ ...place, doors, daemon: await makeNode({ folder, place, doors, copies }) });
  }
  const cluster = createTarget(members, folder);
  await cluster.heal();
  await cluster.settle();
  return cluster;
}

interface NodePlace {
  folder: string;
  place: { name: string; port: number; peerPort: number };
  doors: ReadonlyMap<string, Door>;
  copies: number;
}

/** The first one makes the cluster, the others are told of it; so is the first with an empty disk later. */
async function makeNode({ folder, place, doors, copies }: NodePlace): Promise<Daemon> {
  const { name, port, peerPort } = place;
  const dial = join(folder, `${name}.dial.json`);
  await writeFile(
    dial,
    JSON.stringify(
      Object.fromEntries(
        [...doors].map(([other, door]) => [other, { host: "127.0.0.1", port: door.port }]),
      ),
    ),
  );
  const seeds = [...doors.values()].map((door) => `127.0.0.1:${door.port}`);
  const isFirst = name === "a";
  return createDaemon(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", main, "kv", "node"],
    (startsBefore) => ({
      TENFOLD_KV_NAME: name,
      TENFOLD_KV_DATA: join(folder, name),
      TENFOLD_KV_LISTEN: `127.0.0.1:${port}`,
      TENFOLD_KV_PEERS: `127.0.0.1:${peerPort}`,
      TENFOLD_KV_JOIN: isFirst && startsBefore === 0 ? "" : seeds.join(","),
      TENFOLD_KV_SECRET: "of the nemesis",
      TENFOLD_KV_COPIES: String(copies),
      TENFOLD_KV_DIAL: dial,
      TENFOLD_KV_BUCKETS: JSON.stringify([
        { prefix: "atom:", resolve: "linearizable" },
        ...(copies > 2 ? [{ prefix: "count:", copies: 2 }] : []),
      ]),
    }),
  );
}

function createTarget(members: readonly Member[], folder: string): TenfoldCluster {
  const named = (name: string): Member => {
    const found = members.find((member) => member.name === name);
    if (found === undefined) throw new Error(`there is no node ${name}`);
    return found;
  };
  const doorsAround = (name: string): Door[] => [
    ...named(name).doors.values(),
    ...members.flatMap(({ doors }) => doors.get(name) ?? []),
  ];
  const inject = async (fault: Fault): Promise<void> => {
    if (fault.kind === "cut") {
      named(fault.from).doors.get(fault.to)?.cut();
      return;
    }
    const { daemon } = named(fault.node);
    if (fault.kind === "kill") await daemon.end();
    else if (fault.kind === "pause") daemon.pause();
    else if (fault.kind === "isolate") for (const door of doorsAround(fault.node)) door.cut();
    else if (fault.kind === "restart") {
      await daemon.end("SIGTERM");
      daemon.start();
    } else if (fault.kind === "replace") {
      await daemon.end();
      await rm(join(folder, fault.node), { recursive: true, force: true });
      daemon.start();
    } else await daemon.limitDisk(true);
  };
  return {
    name: `tenfold, ${members.length} nodes`,
    nodes: members.map(({ name }) => name),
    faults: ["kill", "pause", "isolate", "cut", "restart", "fill", "replace"],
    ports: new Map(members.map(({ name, port }) => [name, port])),
    pidOf: (node) => named(node).daemon.pid,
    statusOf: async (node) => await statusOf(named(node).port),
    saidBy: (node) => named(node).daemon.said(),
    endpoints: async () => members.map(({ port }) => port),
    inject,
    async heal() {
      for (const { daemon, doors } of members) {
        for (const door of doors.values()) door.join();
        daemon.resume();
        await daemon.limitDisk(false);
        daemon.start();
      }
    },
    async settle() {
      const sinceMs = performance.now();
      for (const { name, port } of members) {
        const isSettled = async (): Promise<boolean> =>
          isAtRest(await statusOf(port), members.length, performance.now() - sinceMs);
        await until(`node ${name} at rest`, isSettled, 120_000).catch(async (error: unknown) => {
          const told = await Promise.all(members.map(tellOf));
          throw new Error(`${String(error)}\n${told.join("\n")}`, { cause: error });
        });
      }
    },
    async [Symbol.asyncDispose]() {
      for (const { daemon } of members) await daemon.end();
      for (const { doors } of members) {
        for (const door of doors.values()) await door[Symbol.asyncDispose]();
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function statusOf(port: number): Promise<Record<string, unknown>> {
  const redis = await connectTo(port);
  try {
    const status: unknown = JSON.parse(String(await redis?.call("KV.STATUS")));
    return isRecord(status) ? status : {};
  } finally {
    redis?.disconnect();
  }
}

/** What a node says of itself when something is wrong. */
async function tellOf({ name, port, daemon }: Member): Promise<string> {
  const status = await statusOf(port).catch((error: unknown) => ({ error: String(error) }));
  return `${name}: ${JSON.stringify({ ...status, table: undefined })}; it said: ${daemon.said()}`;
}

/** Every member up and none moving, nothing left to hand over, and no difference found since. */
function isAtRest(
  { state, members, moves, hints, repair }: Record<string, unknown>,
  count: number,
  sinceMs: number,
): boolean {
  const up = listOf(members).filter((member) => member["state"] === "up");
  const waiting = isRecord(moves) ? moves["waiting"] : undefined;
  const { divergent, lagMs } = isRecord(repair) ? repair : {};
  const isBalanced = up.every((member) => member["partitions"] !== 0);
  return (
    state === "serving" &&
    up.length === count &&
    isBalanced &&
    waiting === 0 &&
    listOf(hints).length === 0 &&
    divergent === 0 &&
    typeof lagMs === "number" &&
    lagMs < sinceMs
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

const listOf = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter(isRecord) : [];
