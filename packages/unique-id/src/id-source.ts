/**
 * One interface over the four approaches, for code that needs an ID and does
 * not care which: text, in order of making. `traits` says what may be relied on;
 * the README says when each is right.
 */
import type { Random } from "@tenfold/core";
import type { SegmentAllocator } from "./segment.ts";
import { within } from "./within.ts";
import type { Snowflake } from "./snowflake.ts";
import { createUuidV4, type UuidV7 } from "./uuid.ts";
import type { WorkerIds } from "./worker-ids.ts";

export interface IdTraits {
  approach: "multi-master" | "uuid" | "ticket-server" | "snowflake";
  /** How many bits an ID has at most. */
  bits: 63 | 64 | 128;
  /** `decimal` compares as a number, `uuid` as text. */
  form: "decimal" | "uuid";
  /** Whether each ID of one source is above the one before it. */
  rises: boolean;
  /** Whether IDs of different sources sort by the time they were made, to the clocks' agreement. */
  sortsByTime: boolean;
  /** What must be there before an ID can be made. */
  needs: "nothing" | "worker-id" | "counter";
}

/** Text that is given out once. */
export interface IdSource {
  readonly traits: Readonly<IdTraits>;
  /** The next ID. Rejects with the approach's own codes, and with the signal's reason. */
  take(signal?: AbortSignal): Promise<string>;
  /** The next `count` IDs, in order; up to 10,000. When it rejects, some may have been used up. */
  takeMany(count: number, signal?: AbortSignal): Promise<readonly string[]>;
}

const COUNT_MAX = 10_000;

/** Approach 1: one lane of several databases (`createMultiMaster`). */
export function multiMasterSource(lane: SegmentAllocator): IdSource {
  return countedSource(lane, { approach: "multi-master", rises: true });
}

/** Approach 2: random UUIDs. */
export function uuidV4Source(deps: { random: Random }): IdSource {
  const uuids = createUuidV4(deps);
  return source({ ...uuidTraits, rises: false, sortsByTime: false }, () => uuids.next());
}

/** Approach 2: UUIDs that sort by time (`createUuidV7`). */
export function uuidV7Source(uuids: UuidV7): IdSource {
  return source({ ...uuidTraits, rises: true, sortsByTime: true }, () => uuids.next());
}

/** Approach 3: a ticket server, or several (`createTickets`); with several, IDs rise while one answers. */
export function ticketSource(
  tickets: SegmentAllocator,
  { servers = 1 }: { servers?: number } = {},
): IdSource {
  return countedSource(tickets, { approach: "ticket-server", rises: servers === 1 });
}

/** Approach 4: a generator with a worker ID of its own (`createSnowflake`, `createWorkerIds`). */
export function snowflakeSource(ids: Snowflake | WorkerIds): IdSource {
  const leased = "take" in ids;
  const traits: IdTraits = {
    approach: "snowflake",
    bits: 63,
    form: "decimal",
    rises: true,
    sortsByTime: true,
    needs: "worker-id",
  };
  return {
    traits: Object.freeze(traits),
    async take(signal) {
      signal?.throwIfAborted();
      return leased ? await ids.take((held) => held.nextText(), signal) : ids.nextText();
    },
    async takeMany(count, signal) {
      within("count", count, 0, COUNT_MAX);
      signal?.throwIfAborted();
      return leased
        ? await ids.take((held) => held.nextTexts(count), signal)
        : ids.nextTexts(count);
    },
  };
}

const uuidTraits = { approach: "uuid", bits: 128, form: "uuid", needs: "nothing" } as const;

function countedSource(
  counted: SegmentAllocator,
  own: Pick<IdTraits, "approach" | "rises">,
): IdSource {
  const traits = {
    ...own,
    bits: 64,
    form: "decimal",
    sortsByTime: false,
    needs: "counter",
  } as const;
  return source(traits, async (signal) => String(await counted.next(signal)));
}

function source(
  traits: IdTraits,
  next: (signal: AbortSignal | undefined) => string | Promise<string>,
): IdSource {
  return {
    traits: Object.freeze(traits),
    async take(signal) {
      signal?.throwIfAborted();
      return await next(signal);
    },
    async takeMany(count, signal) {
      within("count", count, 0, COUNT_MAX);
      signal?.throwIfAborted();
      const ids: string[] = [];
      while (ids.length < count) ids.push(await next(signal));
      return ids;
    },
  };
}
