/**
 * A ticket server: one durable counter that everybody asks (Flickr, 2010), in
 * blocks, so that it is asked seldom; and several of them, so that none is the
 * one that must not fail.
 *
 *   server 1   1  3  5 │ 7  9 11 │                 blocks of 3
 *   server 2   2  4  6 │ 8 10 12 │
 *              └─ in use ─┘ fails ─▶ the other ─▶ back after a rest
 *
 * Each server counts in a lane of its own (`multi-master.ts`), so they share
 * nothing. A process stays with one server while it answers, so that its IDs
 * mostly rise; between servers they do not.
 */
import { hasCode, silentLog, type Clock, type Log } from "@tenfold/core";
import { createMultiMaster } from "./multi-master.ts";
import type { SegmentAllocator, SegmentDeps } from "./segment.ts";
import { within } from "./within.ts";

export interface TicketDeps {
  clock: Pick<Clock, "monotonic">;
  /** Their order and number are for ever: they name the lanes. */
  servers: readonly Pick<SegmentDeps, "take">[];
  log?: Log;
}

export interface TicketOptions {
  /** Numbers per block. */
  blockSize: number;
  /** The server that is asked first; spread processes over servers with it. 0 by default. */
  first?: number;
  /** For how long a server that failed is left alone, in ms. 5,000 by default. */
  restMs?: number;
}

/**
 * A client of the servers. `next()` rejects with `segment_unavailable` when no
 * server answers, and with `segment_invalid` when one has counted backwards.
 */
export function createTickets(deps: TicketDeps, options: TicketOptions): SegmentAllocator {
  const { clock, servers, log = silentLog } = deps;
  const { blockSize, first = 0, restMs = 5_000 } = options;
  const step = servers.length;
  within("the number of servers", step, 1, 64);
  within("first", first, 0, step - 1);
  const lanes = servers.map((server, index) => ({
    allocator: createMultiMaster({ ...server, log }, { offset: index + 1, step, blockSize }),
    restsUntilMs: -Infinity,
  }));
  let current = first;

  /** The servers to ask: from the current one on, those at rest last. */
  const inOrder = (): number[] => {
    const nowMs = clock.monotonic();
    const all = lanes.map((_, index) => (current + index) % step);
    const rests = (index: number): number => ((lanes[index]?.restsUntilMs ?? 0) > nowMs ? 1 : 0);
    return all.sort((a, b) => rests(a) - rests(b));
  };

  return {
    async next(signal) {
      let failure: unknown;
      for (const index of inOrder()) {
        const lane = lanes[index];
        if (lane === undefined) continue;
        try {
          const id = await lane.allocator.next(signal);
          current = index;
          return id;
        } catch (error) {
          if (!hasCode(error, "segment_unavailable")) throw error;
          failure = error;
          lane.restsUntilMs = clock.monotonic() + restMs;
          log.warn({ error, server: index }, "a ticket server does not answer; asking the next");
        }
      }
      throw failure;
    },
  };
}
