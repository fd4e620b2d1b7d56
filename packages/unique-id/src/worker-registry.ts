/**
 * Which worker IDs are in use in this process. Two generators with one worker
 * ID would make the same IDs, and the likeliest way to get there is to make a
 * generator for each request; so the second is refused while the first lives,
 * and a successor begins after its predecessor's last position.
 *
 * A worker thread has a registry of its own: give each thread a worker ID.
 */
import { uniqueIdErrors } from "./errors.ts";

/** One worker's place in the registry. */
export interface WorkerSeat {
  /** The highest tick a predecessor in this process has reached; -1 without one. */
  readonly tick: number;
  /** Frees the worker ID; `tick` is the highest that was used. Idempotent. */
  leave(tick: number): void;
}

export interface WorkerRegistry {
  /** Takes a worker ID. Throws `worker_id_in_use` while another generator has it. */
  enter(key: string): WorkerSeat;
}

/** A registry of its own, for simulations of several processes in one. */
export function createWorkerRegistry(): WorkerRegistry {
  const seats = new Map<string, { busy: boolean; tick: number }>();
  return {
    enter(key) {
      const seat = seats.get(key) ?? { busy: false, tick: -1 };
      if (seat.busy) {
        throw uniqueIdErrors.worker_id_in_use({
          hint: "Share that generator, or close() it first. One generator serves a whole process.",
        });
      }
      seat.busy = true;
      seats.set(key, seat);
      let left = false;
      return {
        tick: seat.tick,
        leave(tick) {
          if (left) return;
          left = true;
          seat.busy = false;
          seat.tick = Math.max(seat.tick, tick);
        },
      };
    },
  };
}

const PROCESS_KEY = Symbol.for("@tenfold/unique-id worker registry v1");

/** The registry of this process, also when the package was loaded twice. */
export function processRegistry(): WorkerRegistry {
  const place: typeof globalThis & { [PROCESS_KEY]?: WorkerRegistry } = globalThis;
  return (place[PROCESS_KEY] ??= createWorkerRegistry());
}
