/** What Redis cannot say: concurrent values, contexts, quorums of one call. */
import { emptyCell, type Cell } from "../cell.ts";
import { partitionOfCellKey } from "../cell-key.ts";
import { keyValueErrors } from "../errors.ts";
import { readHead, readString } from "../head.ts";
import type { Bytes, Versions } from "../keyspace.ts";
import type { HeadEdit } from "../node/edit.ts";
import { readSiblings } from "../payload.ts";
import { presenceOf, type Access, type Key } from "./access.ts";
import { createContexts } from "./context.ts";

export function createVersions(access: Access, secret: string): Versions {
  const { node, now, keyAt, checkValue, edit } = access;
  const contexts = createContexts(secret);
  const valuesOf = async (key: Key, cell: Cell): Promise<Bytes[]> => {
    const { type } = readHead(cell, now());
    if (type !== "string" && type !== undefined && (await presenceOf(access, key, cell))) {
      throw keyValueErrors.wrong_type();
    }
    const isCounter = cell.versions.some(({ payload }) => payload.kind === "count");
    if (key.bucket.resolve === "siblings" && !isCounter) return readSiblings(cell, now());
    const value = readString(cell, now());
    return value === undefined ? [] : [value];
  };
  return {
    async read(key, { readQuorum, context } = {}) {
      const at = keyAt(key);
      if (at.bucket.resolve === "linearizable") {
        if (context !== undefined) contexts.decode(key, context);
        const cell = await access.read(at);
        return { values: await valuesOf(at, cell), context: contexts.encode(key, cell.clock) };
      }
      const { cells } = await node.survey([at.place], {
        readQuorum: readQuorum ?? at.bucket.readQuorum,
        ...(context && { atLeast: contexts.decode(key, context) }),
      });
      const cell = cells[0] ?? emptyCell;
      return { values: await valuesOf(at, cell), context: contexts.encode(key, cell.clock) };
    },
    async write(key, value, { context, writeQuorum, durability } = {}) {
      const at = keyAt(key);
      if (value !== undefined) checkValue(value);
      const seen = context === undefined ? undefined : contexts.decode(key, context);
      const change = at.bucket.resolve === "siblings" ? beside(value, seen, at) : over(value);
      const { after } = await edit(at, change, [], {
        isBlind: true,
        writeQuorum,
        durability,
        expected: seen,
      });
      return { context: contexts.encode(key, after[0]?.clock ?? new Map()) };
    },
    async explain(key) {
      const { place } = keyAt(key);
      const { owners, hints } = await node.inspect(place);
      return {
        partition: partitionOfCellKey(place),
        replicas: owners.map(({ owner, cell }) => ({
          node: owner,
          state: cell === undefined ? ("unreachable" as const) : ("answered" as const),
          versions: (cell?.versions ?? []).map(({ actor, counter }) => `${actor}:${counter}`),
        })),
        hints: hints.map((target) => ({ node: target, count: 1 })),
      };
    },
  };
}

/** The last write wins: it replaces whatever is held. */
function over(value: Bytes | undefined): HeadEdit {
  if (value === undefined) return { kind: "remove", wantsString: true };
  return {
    kind: "set",
    bytes: value,
    expiry: { kind: "clear" },
    when: "always",
    wantsString: true,
  };
}

/** Replaces what the context has seen, and stands beside the rest. */
function beside(
  value: Bytes | undefined,
  seen: ReadonlyMap<number, number> | undefined,
  { bucket }: Key,
): HeadEdit {
  return {
    kind: "version",
    payload: value === undefined ? { kind: "removed" } : { kind: "value", bytes: value },
    context: seen ?? new Map(),
    siblingsMax: bucket.siblingsMax,
  };
}
