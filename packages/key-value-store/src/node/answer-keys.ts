/** What other nodes ask about keys with all their cells. */
import { hasCode } from "@tenfold/core";
import { partitionOfCellKey } from "../cell-key.ts";
import type { KeyCoordinator } from "./key-coordinator.ts";
import type { Reply, Request } from "./messages.ts";
import type { Replica } from "./replica.ts";

export type KeyRequest = Extract<
  Request,
  { kind: "survey" | "merge-all" | "page" | "heads" | "edit" }
>;

export async function answerKeys(
  request: KeyRequest,
  { replica, keys }: { replica: Replica; keys: KeyCoordinator },
): Promise<Reply> {
  switch (request.kind) {
    case "survey":
      return { kind: "survey", ...(await replica.readAll(request.places)) };
    case "merge-all":
      return (await replica.mergeAll(request.cells, request.durability))
        ? { kind: "done" }
        : { kind: "stale" };
    case "page": {
      // Knowledge first: it may only be older than what it is said of.
      const knowledge = replica.knowledge(partitionOfCellKey(request.range.from));
      return { kind: "page", ...(await replica.page(request.range)), knowledge };
    }
    case "heads": {
      const page = await replica.heads(request.from, request.limit);
      return { kind: "page", ...page, knowledge: new Map() };
    }
    default:
      try {
        return { kind: "edited", outcome: await keys.editAsOwner(request.request) };
      } catch (error) {
        if (hasCode(error, "quorum_unavailable")) return { kind: "refused" };
        throw error;
      }
  }
}
