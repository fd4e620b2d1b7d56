/**
 * The platform's key-value store: a node in the process on one machine, a cluster
 * elsewhere on many. This file puts the parts together.
 */
import { createService } from "@tenfold/core";
import type { Migration } from "@tenfold/sql";
import type { Platform, System } from "@tenfold/system";
import { nodes as nodesMigration } from "../migrations/001-nodes.ts";
import { bindKeyValue } from "./http.ts";
import { localNodes } from "./local-nodes.ts";
import { noNodes } from "./no-nodes.ts";
import type { Nodes } from "./nodes.ts";
import { keyValueDefaults, type KeyValueOptions } from "./options.ts";
import { remoteNodes } from "./remote-nodes.ts";
import { createKeyValueService } from "./service.ts";
import { createNodeStore } from "./store.ts";

export { keyValueSystemErrors } from "./errors.ts";
export { fromEnv, keyValueDefaults, keyValueSettings, type KeyValueOptions } from "./options.ts";

/** In order; never changed once released. */
export const keyValueMigrations: readonly Migration[] = [nodesMigration];

export interface KeyValue extends System {
  /** Where Redis clients reach the store, `host:port`; `undefined` where there is none. After `start()`. */
  readonly address: string | undefined;
}

/** Makes the system. Nodes of this process start and stop with it. */
export function createKeyValue(
  { platform }: { platform: Platform },
  given: Partial<KeyValueOptions> = {},
): KeyValue {
  const options: KeyValueOptions = { ...keyValueDefaults, ...given };
  const nodes = openNodes(platform, options);
  const service = createKeyValueService({ clock: platform.clock, nodes }, options);
  return {
    ...createService({ start: () => nodes.start(), stop: () => nodes.stop() }),
    name: "key-value",
    migrations: keyValueMigrations,
    routes: [bindKeyValue(service)],
    workers: [],
    get address() {
      return nodes.address;
    },
  };
}

function openNodes(platform: Platform, { url, folder, port, nodesMax }: KeyValueOptions): Nodes {
  const { clock, random } = platform;
  const log = platform.log.child({ system: "key-value" });
  if (url !== undefined) return remoteNodes({ clock, log }, url);
  if (folder === undefined) return noNodes();
  const store = createNodeStore(platform.sql);
  return localNodes({ clock, random, log, store }, { folder, port, nodesMax });
}
