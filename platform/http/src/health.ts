/**
 * `/livez`: the process answers. `/readyz`: it may be given traffic, that is,
 * every registered check passes and it is not stopping. A result is reused for
 * a second, so that probes from many balancers cost one check.
 */
import type { Clock, Log } from "@tenfold/core";

export type Readiness = {
  ready: boolean;
  checks: { name: string; ready: boolean; detail?: string }[];
};

export interface Health {
  addCheck: (name: string, check: () => Promise<void>) => void;
  readiness(): Promise<Readiness>;
}

export function createHealth(
  deps: { clock: Clock; log: Log },
  options: { readinessCacheMs: number; readinessTimeoutMs: number },
): Health {
  const checks = new Map<string, () => Promise<void>>();
  let running: Promise<Readiness> | undefined;
  let freshUntilMs = 0;

  async function runOne(name: string, check: () => Promise<void>) {
    const ended = new AbortController();
    const late = deps.clock.sleep(options.readinessTimeoutMs, ended.signal).then(
      () => Promise.reject(new Error(`no answer within ${options.readinessTimeoutMs} ms`)),
      () => undefined, // the check was quicker
    );
    try {
      await Promise.race([check(), late]);
      return { name, ready: true };
    } catch (error) {
      deps.log.warn({ check: name, error }, "not ready");
      return { name, ready: false, detail: "failed; the log says why" };
    } finally {
      ended.abort();
    }
  }

  async function runAll(): Promise<Readiness> {
    const results = await Promise.all([...checks].map(([name, check]) => runOne(name, check)));
    freshUntilMs = deps.clock.monotonic() + options.readinessCacheMs;
    return { ready: results.every(({ ready }) => ready), checks: results };
  }

  return {
    addCheck: (name, check) => void checks.set(name, check),
    readiness() {
      // While a run is under way `freshUntilMs` is infinite, so all callers share it.
      if (running === undefined || deps.clock.monotonic() >= freshUntilMs) {
        freshUntilMs = Infinity;
        running = runAll();
      }
      return running;
    },
  };
}
