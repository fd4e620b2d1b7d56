/**
 * Keeps requests of different configurations apart.
 *
 *     asker ahead    this node catches up first, then answers
 *     asker behind   for a partition that changed since: `stale`, and nothing is done
 *     not an owner   `stale`: this node has given the partition away
 */
import { partitionOfCellKey } from "../cell-key.ts";
import type { Reply, Request } from "./messages.ts";
import type { Placement } from "./ports.ts";

export interface FenceDeps {
  readonly self: string;
  readonly placement: Placement;
  readonly catchUp: (from: string, version: number) => Promise<void>;
}

/** Requests about a partition that only those who hold it for good may answer. */
const OWNERS_ONLY = new Set<Request["kind"]>([
  "read",
  "confirm",
  "write",
  "survey",
  "page",
  "edit",
]);

/** Requests that also who has given the partition away still answers, so that others get it. */
const HOLDERS = new Set<Request["kind"]>(["hashes", "leaf", "pull", "roots"]);

/** What a request is refused with, or `undefined` when it may pass: at once, unless this node is behind. */
export type Fence = (
  from: string,
  request: Request,
  version: number,
) => Reply | undefined | Promise<Reply | undefined>;

export function createFence({ self, placement, catchUp }: FenceDeps): Fence {
  const judge = (request: Request, version: number): Reply | undefined => {
    const partition = partitionOfRequest(request);
    if (partition === undefined || HOLDERS.has(request.kind)) return undefined;
    if (version < placement.since(partition)) return stale;
    if (placement.owners(partition).includes(self)) return undefined;
    const isJoining = placement.joining(partition).includes(self);
    return isJoining && !OWNERS_ONLY.has(request.kind) ? undefined : stale;
  };
  const judgeAhead: Fence = async (from, request, version) => {
    await catchUp(from, version);
    return version > placement.version ? { kind: "refused" } : judge(request, version);
  };
  return (from, request, version) => {
    if (request.kind === "hint") return undefined;
    const isAhead = version > placement.version;
    return isAhead ? judgeAhead(from, request, version) : judge(request, version);
  };
}

const stale: Reply = Object.freeze({ kind: "stale" });

/** First byte of a place, and so of the register that belongs to a key. */
const DATA = 0x64;

function partitionOfRequest(request: Request): number | undefined {
  if ("partition" in request) return request.partition;
  const place = placeOfRequest(request);
  if (place !== undefined) return partitionOfCellKey(place);
  if ("register" in request && request.register[0] === DATA) {
    return partitionOfCellKey(request.register);
  }
  return undefined;
}

/** A place that it speaks of; all of one request are of one partition. */
function placeOfRequest(request: Request): Uint8Array | undefined {
  if ("place" in request) return request.place;
  switch (request.kind) {
    case "merge":
      return request.placed.place;
    case "survey":
      return request.places[0];
    case "merge-all":
      return request.cells[0]?.place;
    case "page":
      return request.range.from;
    case "edit":
      return request.request.edit.place;
    default:
      return undefined;
  }
}
