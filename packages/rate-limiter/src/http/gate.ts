/**
 * From a request's charges to an admission: asks the limiter, holds back who
 * must wait (a leaking bucket's queue, or the gate's own line), and keeps a
 * concurrency limit's place until the answer has been sent. Where the limiter
 * answers at once and nobody waits, so does the gate.
 */
import type { Clock } from "@tenfold/core";
import type { Charge, Limiter } from "../limiter.ts";
import { createQueue, refusingLine, type Admission, type QueueOptions } from "./queue.ts";

export interface Gate {
  /**
   * `signalOf` is called only when the request has to wait; its abort leaves
   * the queue and rejects with the signal's reason.
   */
  admit(charges: readonly Charge[], signalOf: () => AbortSignal): Admission | Promise<Admission>;
  /** Requests waiting now. */
  readonly waiting: number;
}

export interface GateDeps {
  limiter: Limiter;
  clock: Clock;
}

export interface GateOptions {
  /** Who is refused waits, up to a bound, instead of being told to come back. Absent: never. */
  queue?: Partial<QueueOptions> | undefined;
}

export function createGate({ limiter, clock }: GateDeps, { queue }: GateOptions = {}): Gate {
  const ask = (charges: readonly Charge[]): Admission | Promise<Admission> => {
    if (!charges.some(({ limit }) => limit.algorithm === "concurrency")) {
      const answer = limiter.consumeAll(charges);
      return answer instanceof Promise
        ? answer.then((decision) => ({ decision }))
        : { decision: answer };
    }
    const answer = limiter.reserve(charges);
    return answer instanceof Promise
      ? answer.then((held) => ({ decision: held.decision, settle: () => held.settle() }))
      : { decision: answer.decision, settle: () => answer.settle() };
  };
  const line = queue === undefined ? undefined : createQueue({ clock, ask }, queue);

  const onward = (
    admission: Admission,
    charges: readonly Charge[],
    signalOf: () => AbortSignal,
  ): Admission | Promise<Admission> => {
    const { decision } = admission;
    if (decision.allowed) {
      return decision.waitMs === 0 ? admission : hold(admission, signalOf());
    }
    if (line === undefined || !Number.isFinite(decision.retryAfterMs)) return admission;
    const name = refusingLine(charges, decision);
    return line.wait(name, { charges, refused: admission, signal: signalOf() });
  };

  const hold = async (admission: Admission, signal: AbortSignal): Promise<Admission> => {
    try {
      await clock.sleep(admission.decision.waitMs, signal);
      return admission;
    } catch (error) {
      admission.settle?.();
      throw error;
    }
  };

  return {
    admit(charges, signalOf) {
      const name = line?.lineOf(charges);
      if (line !== undefined && name !== undefined) {
        return line.wait(name, { charges, refused: undefined, signal: signalOf() });
      }
      const asked = ask(charges);
      return asked instanceof Promise
        ? asked.then((admission) => onward(admission, charges, signalOf))
        : onward(asked, charges, signalOf);
    },
    get waiting() {
      return line?.size ?? 0;
    },
  };
}
