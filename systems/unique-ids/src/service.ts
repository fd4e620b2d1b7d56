/** Use cases: make IDs, read one. */
import type { Clock, Counter } from "@tenfold/core";
import {
  decodeSnowflake,
  encodeBase62,
  type SnowflakeParts,
  type WorkerIds,
} from "@tenfold/unique-id";
import { idErrors } from "./errors.ts";

export interface IdService {
  /** `count` new IDs, rising. Waits a little for the clock or a worker ID where that helps. */
  make(count: number, signal: AbortSignal): Promise<string[]>;
  /** The parts of an ID. Throws `id_not_made_yet` for one of the future. */
  read(id: string): SnowflakeParts & { base62: string };
}

/** IDs of the future up to this are believed: other machines' clocks, and bursts. */
const FUTURE_MS_MAX = 120_000;

export function createIdService(deps: {
  ids: WorkerIds;
  clock: Pick<Clock, "now">;
  made: Counter;
}): IdService {
  const { ids, clock, made } = deps;
  return {
    async make(count, signal) {
      const texts = await ids.take((held) => held.nextTexts(count), signal);
      made.add(count);
      return texts;
    },
    read(id) {
      const parts = decodeSnowflake(id);
      if (parts.timeMs > clock.now() + FUTURE_MS_MAX) {
        throw idErrors.id_not_made_yet({
          detail: `Read as an ID, ${id} would be of ${new Date(parts.timeMs).toISOString()}.`,
        });
      }
      return { ...parts, base62: encodeBase62(BigInt(id)) };
    },
  };
}
