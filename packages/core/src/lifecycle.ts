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

  const runStart = async (): Promise<void> => {
    try {
      await parts.start?.();
    } catch (error) {
      stopping ??= Promise.resolve(parts.stop?.());
      await stopping;
      throw error;
    }
  };
  const runStop = async (): Promise<void> => {
    // A failed start has been reported to its caller and has undone itself.
    await starting?.catch(() => undefined);
    await parts.stop?.();
  };
  const stop = (): Promise<void> => (stopping ??= runStop());

  return {
    start() {
      if (stopping !== undefined && starting === undefined) {
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
        await service.stop().catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw new AggregateError(failures, "some services did not stop");
    },
  });
}
