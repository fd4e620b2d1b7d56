/** The store of a process that has none: it says so, and what to do. */
import { keyValueSystemErrors } from "./errors.ts";
import type { Nodes } from "./nodes.ts";

export function noNodes(): Nodes {
  const refuse = (): Promise<never> =>
    Promise.reject(
      keyValueSystemErrors.kv_absent({
        detail: "The data of this platform is elsewhere, and no key-value cluster is named.",
        hint: "Start one with ./tenfold kv node and name it in TENFOLD_KV_URL.",
      }),
    );
  return {
    where: "none",
    address: undefined,
    local: [],
    start: async () => undefined,
    stop: async () => undefined,
    status: refuse,
    add: refuse,
    drain: refuse,
    remove: refuse,
    repair: refuse,
  };
}
