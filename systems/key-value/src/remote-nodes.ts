/** Nodes elsewhere: seen through one of them, and run by whoever started them. */
import type { Clock, Log } from "@tenfold/core";
import type { NodeStatus } from "@tenfold/key-value-store";
import { openKvClient } from "@tenfold/key-value-store/client";
import { keyValueSystemErrors } from "./errors.ts";
import type { Nodes } from "./nodes.ts";

/** A status that comes later than this is as good as none. */
const DEADLINE_MS = 3_000;
const REPAIR_MS = 3_600_000;

export interface RemoteDeps {
  clock: Clock;
  log: Log;
}

/** `url` as in TENFOLD_KV_URL. */
export function remoteNodes({ clock, log }: RemoteDeps, url: string): Nodes {
  const { hostname, port, password } = new URL(url);
  const where = {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || 7001),
    password: password === "" ? undefined : decodeURIComponent(password),
  };
  const ask = async (command: string, deadlineMs = DEADLINE_MS): Promise<string> => {
    using client = await openKvClient({ clock }, { ...where, deadlineMs });
    return String(await client.call(command));
  };
  const elsewhere = (): Promise<never> =>
    Promise.reject(
      keyValueSystemErrors.kv_nodes_elsewhere({
        detail: "This platform uses a cluster that it did not start.",
        hint: "Use ./tenfold kv node, kv drain and kv remove on its machines.",
      }),
    );
  return {
    where: "cluster",
    address: `${hostname}:${where.port}`,
    local: [],
    start: async () => undefined,
    stop: async () => undefined,
    async status() {
      const status: NodeStatus = JSON.parse(await ask("KV.STATUS"));
      return status;
    },
    add: elsewhere,
    drain: elsewhere,
    remove: elsewhere,
    async repair() {
      ask("KV.REPAIR", REPAIR_MS).catch((error: unknown) =>
        log.warn({ error }, "the repair that was asked for has failed"),
      );
    },
  };
}
