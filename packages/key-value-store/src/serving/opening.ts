/**
 * A node that opens its disk again when it comes back. One that takes no more leaves
 * the node read-only; once there is room, the node does what a restart would, at the
 * same addresses: what it knew in memory may differ from what the disk got, so it
 * begins from the disk.
 */
import type { Admin } from "../admin.ts";
import { keyValueErrors } from "../errors.ts";
import { takesWrites } from "../storage/takes-writes.ts";
import { startParts, type Given, type NodeDeps, type Parts } from "./node-parts.ts";

/** How often a node that is read-only looks whether its disk takes writes again. */
const DISK_POLL_MS = 2_000;

/** Resolves `begin()` when the node serves; `parts()` throws while it does not. */
export function createOpening(deps: NodeDeps, given: Given) {
  const ending = new AbortController();
  const undo: (() => Promise<void>)[] = [];
  let place = given;
  let parts: Parts | undefined;
  let watching: Promise<void> | undefined;
  let closing = new AbortController();
  const open = async (admin: Admin): Promise<void> => {
    closing = new AbortController();
    const signal = AbortSignal.any([ending.signal, closing.signal]);
    parts = await startParts({ deps, given: place, admin, undo, signal });
    const { front, network } = parts;
    place = {
      ...given,
      listen: { ...given.listen, port: front.port },
      peer: { ...given.peer, port: network.port },
    };
  };
  const close = async (): Promise<void> => {
    parts = undefined;
    closing.abort();
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  const watch = async (admin: Admin): Promise<void> => {
    while (!ending.signal.aborted) {
      await deps.clock.sleep(DISK_POLL_MS, ending.signal).catch(() => undefined);
      const isWell = parts !== undefined && parts.storage.readOnly === undefined;
      if (isWell || ending.signal.aborted || !(await takesWrites(given.data))) continue;
      deps.log.info({}, "the disk takes writes again: the node opens it anew");
      try {
        await close();
        await open(admin);
      } catch (error) {
        deps.log.error({ error }, "the node cannot open its disk yet");
      }
    }
  };
  return {
    parts(): Parts {
      if (parts !== undefined) return parts;
      if (watching === undefined) throw new Error("the node has not been started");
      throw keyValueErrors.node_read_only({ detail: "The node opens its disk anew." });
    },
    async begin(admin: Admin) {
      await open(admin);
      watching = watch(admin);
    },
    /** Ends a `begin()` that waits; before `end()`. */
    abort: () => ending.abort(),
    async end() {
      ending.abort();
      await watching;
      await close();
    },
  };
}
