/**
 * Nodes in a world: each a disk that stays and a process that comes and goes.
 *
 * A process that crashed is not told. Its timers do not ring, its disk does not
 * answer, what was under way to it is lost with its connections, and what it still
 * says is not heard; its promises are left waiting for ever. A paused one finds
 * everything that came meanwhile when it goes on.
 */
import { silentLog, type Clock } from "@tenfold/core";
import type { Configuration } from "../cluster/configuration.ts";
import type { PrefixCopies } from "../cluster/layout.ts";
import { createLivePlacement } from "../cluster/live-placement.ts";
import { foundCluster } from "../cluster/transitions.ts";
import { createStoreNode, type StoreNode } from "../node/node.ts";
import type { Placement } from "../node/ports.ts";
import { createDisk, type Disk } from "./disk.ts";
import { createLinks, type Links } from "./links.ts";
import type { World } from "./world.ts";

/** Wall time when a world begins. */
export const START_MS = 1_800_000_000_000;

export interface Cluster {
  readonly names: readonly string[];
  /** Of those that were ended for good too. */
  everyName(): string[];
  /** By the highest version that a node acts by. */
  readonly placement: Placement;
  readonly links: Links;
  /** The node's process, or `undefined` while it has none. */
  node(name: string): StoreNode | undefined;
  /** Calls a node from outside. Never answers when the process ends first. */
  call<Value>(name: string, work: (node: StoreNode) => Promise<Value>): Promise<Value>;
  start(name: string): void;
  crash(name: string, disk?: "keep" | "lose" | "damage"): void;
  /** Fills a node's disk: every write of it fails. */
  fill(name: string): void;
  /** Makes room on it. A process that saw a write fail is not asked to go on. */
  free(name: string): void;
  /** Ends a process as people end it. Resolves when it is over; never, when it crashes meanwhile. */
  stop(name: string): Promise<void>;
  pause(name: string): void;
  resume(name: string): void;
  /** A further node, with an empty disk and not started. It asks the others for admission. */
  add(name: string, zone: string): void;
  /** Ends a node for good. */
  retire(name: string): void;
  /** Sets a node's clock forward or back. */
  stepClock(name: string, byMs: number): void;
  /** How many disks were lost or damaged so far. */
  lostDisks(): number;
  /** What a loss of power would leave of an entry. */
  onDisk(name: string, key: Uint8Array): Uint8Array | undefined;
}

interface Host {
  readonly disk: Disk;
  readonly zone: string;
  /** What it begins with: one that joins has none, and asks the others. */
  readonly first: Configuration | undefined;
  offsetMs: number;
  /** Whether its disk is not the first it had: then it has lost its word as a voter. */
  hasNewDisk: boolean;
  process: Process | undefined;
  starts: number;
}

interface Process {
  readonly node: StoreNode;
  /** What came while it was paused; `undefined` while it runs. */
  backlog: (() => void)[] | undefined;
}

const newHost = (begins: Pick<Host, "disk" | "zone" | "first">): Host => ({
  ...begins,
  offsetMs: 0,
  hasNewDisk: false,
  process: undefined,
  starts: 0,
});

export interface ClusterOptions {
  readonly nodes: number;
  readonly copies: number;
  /** Of each number of copies. */
  readonly partitions: number;
  readonly prefixes?: readonly PrefixCopies[] | undefined;
  /** Zones by name; none when absent. */
  readonly zones?: Readonly<Record<string, string>>;
  /** Whether only the first node begins as a member, and founds the cluster. Default false. */
  readonly isFounded?: boolean;
  /** How often nodes compare themselves. Default 80. */
  readonly repairMs?: number;
  /** Gives every node a disk that forgets what it said was safe. Default false. */
  readonly disksLie?: boolean;
}

/** Nodes are named n1, n2, … and not started. */
export function createCluster(world: World, options: ClusterOptions): Cluster {
  const names = Array.from({ length: options.nodes }, (_, index) => `n${index + 1}`);
  const zones = options.zones ?? {};
  const configuration = configurationOf(names, zones, options);
  const placement = createLivePlacement();
  placement.use(configuration);
  const lies = options.disksLie ?? false;
  const hosts = new Map<string, Host>();
  let newest: Placement | undefined;
  const add = (name: string, zone: string, first?: Configuration): void => {
    hosts.set(name, newHost({ disk: createDisk(world, { lies }), zone, first }));
  };
  for (const name of names) {
    add(name, zones[name] ?? "", options.isFounded ? undefined : configuration);
  }
  const hostOf = (name: string): Host => {
    const host = hosts.get(name);
    if (host === undefined) throw new RangeError(`there is no node ${name}`);
    return host;
  };
  /** Runs an event in a process: now, when it goes on, or never. */
  const wake = (host: Host, process: Process | undefined, event: () => void): void => {
    if (process === undefined || host.process !== process) return;
    if (process.backlog === undefined) event();
    else process.backlog.push(event);
  };
  const links = createLinks(world, (from, to, message) => {
    const host = hostOf(to);
    const { process } = host;
    return () => {
      wake(host, process, () => {
        world.note(`${from}>${to} ${describe(message)}`);
        process?.node.receive(from, message);
      });
    };
  });
  let lostDisks = 0;
  return {
    names,
    everyName: () => [...hosts.keys()],
    get placement() {
      newest = newestPlacement([...hosts.values()], newest);
      return newest ?? placement;
    },
    links,
    lostDisks: () => lostDisks,
    onDisk: (name, key) => hostOf(name).disk.safe(key),
    node: (name) => hostOf(name).process?.node,
    call(name, work) {
      const { process } = hostOf(name);
      return new Promise((resolve, reject) => {
        if (process === undefined || process.backlog !== undefined) return;
        const isSame = (): boolean => hostOf(name).process === process;
        work(process.node).then(
          (value) => isSame() && resolve(value),
          (error: unknown) => isSame() && reject(error),
        );
      });
    },
    start: (name) => startProcess({ world, names, options, links, name, host: hostOf(name), wake }),
    crash(name, disk = "keep") {
      const host = hostOf(name);
      world.note(`crash ${name}, disk: ${disk}`);
      host.process = undefined;
      host.disk.crash();
      if (disk !== "keep") lostDisks += 1;
      if (disk === "lose") host.disk.lose();
      if (disk === "damage") host.disk.damage();
      host.hasNewDisk ||= disk === "lose";
    },
    fill(name) {
      world.note(`${name} is full`);
      hostOf(name).disk.setFull(true);
    },
    free: (name) => hostOf(name).disk.setFull(false),
    stop(name) {
      const host = hostOf(name);
      const { process } = host;
      return new Promise((resolve) => {
        if (process === undefined) return;
        world.note(`stop ${name}`);
        const over = (): void => {
          if (host.process !== process) return;
          world.note(`stopped ${name}`);
          host.process = undefined;
          resolve();
        };
        // On a disk that takes no writes the process ends as well, but not cleanly.
        process.node.close().then(over, over);
      });
    },
    pause(name) {
      const { process } = hostOf(name);
      if (process !== undefined) process.backlog ??= [];
    },
    resume(name) {
      const { process } = hostOf(name);
      const backlog = process?.backlog ?? [];
      if (process !== undefined) process.backlog = undefined;
      for (const event of backlog) event();
    },
    add(name, zone) {
      names.push(name);
      add(name, zone);
    },
    retire(name) {
      hostOf(name).process = undefined;
      names.splice(names.indexOf(name), 1);
      lostDisks += 1;
    },
    stepClock(name, byMs) {
      hostOf(name).offsetMs += byMs;
    },
  };
}

/** Where partitions are by the highest version that a node acts by, or acted by before it ended. */
function newestPlacement(
  hosts: readonly Host[],
  before: Placement | undefined,
): Placement | undefined {
  return [before, ...hosts.map(({ process }) => process?.node.placement)]
    .filter((each) => each !== undefined)
    .toSorted((one, other) => other.version - one.version)
    .find(({ version }) => version > 0);
}

interface Start {
  readonly world: World;
  readonly names: readonly string[];
  readonly options: ClusterOptions;
  readonly links: Links;
  readonly name: string;
  readonly host: Host;
  readonly wake: (host: Host, process: Process | undefined, event: () => void) => void;
}

function startProcess({ world, names, options, links, name, host, wake }: Start): void {
  if (host.process !== undefined) return;
  world.note(`start ${name}`);
  host.starts += 1;
  let process: Process | undefined;
  const inProcess = (event: () => void): void => wake(host, process, event);
  const clock: Clock = {
    now: () => START_MS + Math.floor(world.now() + host.offsetMs),
    monotonic: world.now,
    sleep: (ms) => new Promise((resolve) => world.after(ms, () => inProcess(resolve))),
  };
  const network = {
    send: (to: string, message: Parameters<Links["send"]>[2]): void => {
      if (process !== undefined && host.process === process) links.send(name, to, message);
    },
  };
  const storage = host.disk.open(inProcess);
  const node = createStoreNode(
    { clock, log: silentLog, random: world.random, network, storage },
    {
      self: name,
      // One that joins anew is another voter, and its partitions are filled anew.
      isVoter: options.isFounded === true || !host.hasNewDisk,
      requestTimeoutMs: 150,
      tickMs: 50,
      pingMs: 200,
      repairMs: options.repairMs ?? 80,
      inventoryMs: 200,
      hintsMax: 1_000,
      // So small that cells come and go.
      cacheBytes: 16_384,
      stepMs: 250,
      cluster: {
        member: { address: name, clientAddress: "", zone: host.zone, weight: 1 },
        // The very first start of the first node founds the cluster; later it asks the others.
        seeds: host.starts === 1 && name === names[0] ? [] : names.filter((each) => each !== name),
        first: host.first,
        copies: options.copies,
        partitions: options.partitions,
        prefixes: options.prefixes,
        fillsAtOnceMax: 2,
        fillBytesPerSecond: Infinity,
      },
    },
  );
  process = { node, backlog: undefined };
  host.process = process;
  // A node that cannot write its start to the disk ends, and is started again when there is room.
  node.start(new AbortController().signal).catch(() => {
    if (host.process?.node === node) host.process = undefined;
  });
}

/** All members are there from the beginning; their numbers are not asked. */
function configurationOf(
  names: readonly string[],
  zones: Readonly<Record<string, string>>,
  { copies, partitions, prefixes }: ClusterOptions,
): Configuration {
  const members = names.map((name) => {
    const where = { address: name, clientAddress: "", zone: zones[name] ?? "", weight: 1 };
    return { name, id: 0, ...where, state: "member" as const };
  });
  return foundCluster({ clusterId: "simulated", members, copies, partitions, prefixes });
}

function describe({ id, body }: Parameters<Links["send"]>[2]): string {
  return body.kind === "request" ? `${id} ${body.request.kind}` : `${id} reply ${body.reply.kind}`;
}
