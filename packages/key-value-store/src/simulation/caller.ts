/**
 * One simulated client's way to the cluster: a node by lot for each call, and
 * silence taken for "unknown".
 */
import { cellKey } from "../cell-key.ts";
import type { Cell, Vector } from "../cell.ts";
import type { WriteCommand } from "../node/messages.ts";
import type { StoreNode } from "../node/node.ts";
import type { Cluster } from "./cluster.ts";
import type { World } from "./world.ts";

export interface Caller {
  readonly world: World;
  readonly cluster: Cluster;
  /** `undefined` when it failed or nothing was heard. */
  readonly call: <Value>(work: (node: StoreNode) => Promise<Value>) => Promise<Value | undefined>;
  readonly write: (key: string, command: WriteCommand) => Promise<Cell | undefined>;
  readonly read: (key: string) => Promise<Cell | undefined>;
  readonly rest: (longestMs: number) => Promise<void>;
}

/** A client that hears nothing for so long goes on. Longer than any node tries. */
const PATIENCE_MS = 1_500;

export const nameOfBytes = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

export const placeOf = (cluster: Cluster, key: string): Uint8Array =>
  cellKey({ key: Buffer.from(key) }, cluster.placement.partitionOf(Buffer.from(key)));

export function createCaller(world: World, cluster: Cluster, quorum: number): Caller {
  const call: Caller["call"] = (work) => {
    const name = cluster.names[world.random.below(cluster.names.length)] ?? "";
    return new Promise((resolve) => {
      world.after(PATIENCE_MS, () => resolve(undefined));
      cluster.call(name, work).then(resolve, () => resolve(undefined));
    });
  };
  return {
    world,
    cluster,
    call,
    write: async (key, command) => {
      const place = placeOf(cluster, key);
      world.note(`${key}: write ${describeCommand(command)}`);
      const cell = await call((node) => node.write({ place, command, writeQuorum: quorum }));
      world.note(`${key}: wrote ${describeCommand(command)}: ${describeCell(cell)}`);
      return cell;
    },
    read: async (key) => {
      const cell = await call((node) => node.read(placeOf(cluster, key), quorum));
      world.note(`${key}: read ${describeCell(cell)}`);
      return cell;
    },
    rest: (longestMs) =>
      new Promise((resolve) => world.after(world.random.float() * longestMs, resolve)),
  };
}

function describeCommand(command: WriteCommand): string {
  if (command.kind === "add") return `+${command.by}`;
  const { payload, context } = command;
  const text = payload.kind === "value" ? nameOfBytes(payload.bytes) : payload.kind;
  return `${text} over ${context === "held" ? context : describeClock(context)}`;
}

function describeCell(cell: Cell | undefined): string {
  if (cell === undefined) return "no answer";
  const versions = cell.versions.map(({ actor, counter, payload }) => {
    const text = payload.kind === "value" ? nameOfBytes(payload.bytes) : payload.kind;
    return `${text}@${actor}:${counter}`;
  });
  return `[${versions.join(" ")}] ${describeClock(cell.clock)}`;
}

const describeClock = (clock: Vector): string =>
  `{${[...clock].map(([actor, counter]) => `${actor}:${counter}`).join(" ")}}`;
