/**
 * The batches in hand, so that stopping can reach each of them.
 *
 * One signal for all, combined with each job's by `AbortSignal.any`, would be
 * simpler; but what is combined with a signal as long-lived as the process is
 * not collected while someone listens (Node 24: 1.4 KB per job, for ever).
 */

/** One batch: `handlers` tells its handlers to stop, `timer` ends its time limit. */
export interface BatchInHand {
  readonly handlers: AbortController;
  readonly timer: AbortController;
}

export class Batches {
  readonly #inHand = new Set<BatchInHand>();
  #stopping: unknown;

  /** True once handlers have been told to stop. */
  get stopping(): boolean {
    return this.#stopping !== undefined;
  }

  /** Before the handler is called. */
  enter(): BatchInHand {
    const batch = { handlers: new AbortController(), timer: new AbortController() };
    this.#inHand.add(batch);
    if (this.stopping) batch.handlers.abort(this.#stopping);
    return batch;
  }

  /** After the handler has returned. Idempotent. */
  leave(batch: BatchInHand): void {
    batch.timer.abort();
    this.#inHand.delete(batch);
  }

  /** Tells every handler, also of batches still to come, that the process stops. */
  stop(reason: Error): void {
    this.#stopping = reason;
    for (const { handlers } of this.#inHand) handlers.abort(reason);
  }

  /** Lets go of handlers that did not listen, so that no timer of theirs keeps the process. */
  abandon(): void {
    for (const batch of this.#inHand) this.leave(batch);
  }
}
