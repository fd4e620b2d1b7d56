/**
 * Redis as it is run for availability: a master that fsyncs before it answers,
 * one replica, and three sentinels that replace the master when it is gone.
 * Each server has a door that the other processes come through; clients do not.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePorts } from "@tenfold/core";
import { createDaemon, type Daemon } from "./daemon.ts";
import { openDoor, type Door } from "./door.ts";
import { until, type Fault, type Target } from "./target.ts";

interface Server {
  name: string;
  port: number;
  door: Door;
  daemon: Daemon;
}

/** Starts all five. */
export async function startRedisSentinel(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), "kv-sentinel-"));
  const [first = 0, second = 0, ...sentinelPorts] = await freePorts(5);
  const doors = [await openDoor(first), await openDoor(second)];
  const servers: Server[] = [];
  for (const [index, port] of [first, second].entries()) {
    const door = doors[index];
    if (door === undefined) throw new Error("a server has no door");
    const daemon = await makeServer({
      folder,
      port,
      door,
      master: index === 0 ? undefined : doors[0],
    });
    servers.push({ name: `redis-${index + 1}`, port, door, daemon });
    daemon.start();
    await until("redis-server", () => answers(port), 10_000);
  }
  const sentinels: Daemon[] = [];
  for (const port of sentinelPorts) {
    const daemon = await makeSentinel({ folder, port, master: doors[0]?.port ?? 0 });
    daemon.start();
    sentinels.push(daemon);
  }
  const stop = async (): Promise<void> => {
    for (const daemon of [...sentinels, ...servers.map((server) => server.daemon)]) {
      await daemon.end();
    }
    for (const door of doors) await door[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  const target = createTarget({ servers, sentinelPorts, stop });
  await target.settle();
  return target;
}

interface Parts {
  servers: readonly Server[];
  sentinelPorts: readonly number[];
  stop: () => Promise<void>;
}

function createTarget({ servers, sentinelPorts, stop }: Parts): Target {
  const named = (name: string): Server => {
    const found = servers.find((server) => server.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };
  const master = async (): Promise<Server> => {
    for (const port of sentinelPorts) {
      const told = await askMaster(port);
      const found = servers.find(({ door }) => door.port === told);
      if (found !== undefined) return found;
    }
    throw new Error("no sentinel knows a master");
  };
  const inject = async (fault: Fault): Promise<void> => {
    if (fault.kind === "cut") throw new Error("there is one link only: isolate");
    const { daemon, door } = named(fault.node);
    if (fault.kind === "kill") await daemon.end();
    else if (fault.kind === "pause") daemon.pause();
    else if (fault.kind === "isolate") door.cut();
    else if (fault.kind === "restart") {
      await daemon.end("SIGTERM");
      daemon.start();
    } else throw new Error(`${fault.kind} is not for Redis`);
  };
  return {
    name: "redis-server, one replica, three sentinels",
    nodes: servers.map(({ name }) => name),
    faults: ["kill", "pause", "isolate", "restart"],
    endpoints: async () => [(await master()).port],
    inject,
    async heal() {
      for (const { daemon, door } of servers) {
        door.join();
        daemon.resume();
        daemon.start();
      }
    },
    // One master, and the other follows it and has what it has.
    settle: () =>
      until(
        "a master with a replica",
        async () => {
          const { port } = await master();
          const info = await ask(port, "INFO", "replication");
          return /role:master/.test(info) && /slave0:.*state=online.*lag=[01]\b/.test(info);
        },
        60_000,
      ),
    [Symbol.asyncDispose]: stop,
  };
}

interface ServerPlace {
  folder: string;
  port: number;
  door: Door;
  master: Door | undefined;
}

/** A file, not flags: sentinels have the server write down what it follows. */
async function makeServer({ folder, port, door, master }: ServerPlace): Promise<Daemon> {
  const file = join(folder, `redis-${port}.conf`);
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${folder}`,
    `appenddirname aof-${port}`,
    `dbfilename dump-${port}.rdb`,
    'save ""',
    "appendonly yes",
    "appendfsync always",
    "repl-timeout 5",
    "repl-ping-replica-period 1",
    "repl-diskless-sync-delay 0",
    "replica-announce-ip 127.0.0.1",
    `replica-announce-port ${door.port}`,
    ...(master === undefined ? [] : [`replicaof 127.0.0.1 ${master.port}`]),
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  return createDaemon("redis-server", [file]);
}

interface SentinelPlace {
  folder: string;
  port: number;
  master: number;
}

async function makeSentinel({ folder, port, master }: SentinelPlace): Promise<Daemon> {
  const file = join(folder, `sentinel-${port}.conf`);
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${folder}`,
    `sentinel monitor main 127.0.0.1 ${master} 2`,
    "sentinel down-after-milliseconds main 1000",
    "sentinel failover-timeout main 3000",
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  return createDaemon("redis-server", [file, "--sentinel"]);
}

async function answers(port: number): Promise<boolean> {
  return (await ask(port, "PING")) === "PONG";
}

async function askMaster(port: number): Promise<number | undefined> {
  const told = await ask(port, "SENTINEL", "get-master-addr-by-name", "main").catch(() => "");
  const said = Number(told.split(",")[1]);
  return Number.isInteger(said) ? said : undefined;
}

/** One question on a connection of its own, which does not wait long. */
async function ask(port: number, command: string, ...args: string[]): Promise<string> {
  const redis = new Redis({
    port,
    lazyConnect: true,
    protocol: 2,
    connectTimeout: 500,
    commandTimeout: 500,
    retryStrategy: () => null,
    enableReadyCheck: false,
  });
  redis.on("error", () => undefined); // The call below rejects.
  try {
    await redis.connect();
    return String(await redis.call(command, ...args));
  } finally {
    redis.disconnect();
  }
}
