/** Clients of a simulated cluster: each does one thing after another. */
import { createCaller } from "./caller.ts";
import type { Cluster } from "./cluster.ts";
import {
  createCountDeed,
  createLatestDeed,
  createRecord,
  createSiblingDeed,
  type Record,
} from "./deeds.ts";
import { createRegisterDeed } from "./register-deed.ts";
import { createSetDeed } from "./set-deed.ts";
import type { World } from "./world.ts";

export interface ClientOptions {
  readonly clients: number;
  /** Keys of each kind. */
  readonly keys: number;
  readonly untilMs: number;
  readonly quorum: number;
}

/** Starts the clients. The record fills while the world runs. */
export function startClients(world: World, cluster: Cluster, options: ClientOptions): Record {
  const record = createRecord();
  const caller = createCaller(world, cluster, options.quorum);
  const deps = { caller, record, quorum: options.quorum };
  const deeds = [
    createSiblingDeed(deps),
    createLatestDeed(deps),
    createCountDeed(deps),
    createRegisterDeed(deps),
    createSetDeed(deps),
  ];
  let last = 0;
  const run = async (): Promise<void> => {
    await caller.rest(100);
    while (world.now() < options.untilMs) {
      last += 1;
      const key = world.random.below(options.keys);
      await deeds[world.random.below(deeds.length)]?.(key, `w${last}`);
      await caller.rest(40);
    }
  };
  for (let client = 0; client < options.clients; client++) void run();
  return record;
}
