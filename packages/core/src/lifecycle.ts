/**
 * Starting and stopping.
 *
 *   idle ──start()──▶ starting ──▶ running ──stop()──▶ stopping ──▶ stopped
 *                        └─ fails ─▶ stopped (what had begun is undone)
 *
 * Both calls are idempotent: concurrent callers share the in-flight promise,
 * `stop()` waits for a running `start()`, and a stopped thing stays stopped.
 */

export interface Service extends AsyncDisposable {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface ServiceParts {
  start?: () => void | Promise<void>;
  /** Also called when `start` failed half way; must cope with what is missing. */
  stop?: () => void | Promise<void>;
}

export function createService(parts: ServiceParts): Service {
  let starting: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  let undoing: Promise<void> | undefined;

  const runUndo = async (): Promise<void> => parts.stop?.();
  const undo = (): Promise<void> => (undoing ??= runUndo());

  const runStart = async (): Promise<void> => {
    try {
      await parts.start?.();
    } catch (error) {
      // The cause is what the caller must see; a failure to undo is told by stop().
      await undo().catch(() => undefined);
      throw error;
    }
  };
  const runStop = async (): Promise<void> => {
    // A failed start has been reported to its caller and has undone itself.
    await starting?.catch(() => undefined);
    await undo();
  };
  const stop = (): Promise<void> => (stopping ??= runStop());

  return {
    start() {
      if (stopping !== undefined) {
        return Promise.reject(new Error("start() after stop(): make a new service instead"));
      }
      return (starting ??= runStart());
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/**
 * Several services as one: started in order, stopped in reverse. When one
 * fails to start, those before it are stopped and its error is thrown.
 */
export function createServiceGroup(services: readonly Service[]): Service {
  return createService({
    start: async () => {
      for (const service of services) await service.start();
    },
    stop: async () => {
      const failures: unknown[] = [];
      for (const service of [...services].reverse()) {
        try {
          await service.stop();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw new AggregateError(failures, "some services did not stop");
    },
  });
}
