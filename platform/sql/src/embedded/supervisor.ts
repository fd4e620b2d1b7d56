/**
 * Keeps one server running: starts it, and starts it again when it ends
 * without having been told to.
 *
 *   run ──▶ ready ──▶ ended by itself ──▶ wait 0.1 s … 10 s ──▶ run
 *                └──▶ stop() ──▶ fast shutdown ──▶ (30 s) ──▶ immediate
 */
import type { Clock, Log } from "@tenfold/core";

import { stopLeftovers } from "./leftovers.ts";
import { spawnPostmaster, type Postmaster, type PostmasterSpec } from "./postmaster.ts";
import { waitUntilReady, type ReadinessCheck } from "./readiness.ts";
import { boundLog, logLength } from "./server-log.ts";
import type { Layout } from "./layout.ts";

export interface SupervisorDeps {
  clock: Clock;
  log: Log;
}

export interface SupervisorSpec extends PostmasterSpec {
  layout: Layout;
  /** Of the superuser. */
  connectionString: string;
}

export interface Supervisor {
  /** The server's process, as long as there is one. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

const backoffMs = { first: 100, max: 10_000, forgottenAfter: 60_000 };
const fastShutdownMs = 30_000;

async function runOnce(
  deps: SupervisorDeps,
  spec: SupervisorSpec,
  onSpawn: (postmaster: Postmaster) => void,
): Promise<Postmaster> {
  await stopLeftovers(spec.layout.cluster, deps);
  boundLog(spec.logFile);
  const logOffset = logLength(spec.logFile);
  const postmaster = spawnPostmaster(spec);
  onSpawn(postmaster);
  const { layout, connectionString } = spec;
  const check: ReadinessCheck = { postmaster, layout, connectionString, logOffset, ...deps };
  try {
    await waitUntilReady(check);
  } catch (error) {
    await shutDown(postmaster, deps.clock);
    throw error;
  }
  return postmaster;
}

async function shutDown(postmaster: Postmaster, clock: Clock): Promise<void> {
  if (postmaster.ended) return;
  postmaster.ref();
  postmaster.signal("SIGINT");
  const patience = new AbortController();
  const late = clock.sleep(fastShutdownMs, patience.signal).then(
    () => postmaster.signal("SIGQUIT"),
    () => undefined,
  );
  await postmaster.exit;
  patience.abort();
  await late;
}

/** Resolves when the server is ready for the first time; throws when it cannot be. */
export async function superviseServer(
  deps: SupervisorDeps,
  spec: SupervisorSpec,
): Promise<Supervisor> {
  const stopping = new AbortController();
  let current: Postmaster | undefined;
  const onSpawn = (postmaster: Postmaster): void => {
    current = postmaster;
    // Told to stop while it was being started.
    if (stopping.signal.aborted) postmaster.signal("SIGINT");
  };

  const keepRunning = async (first: Postmaster): Promise<void> => {
    let running: Postmaster | undefined = first;
    let waitMs = backoffMs.first;
    let readySinceMs = deps.clock.monotonic();
    for (;;) {
      const how = (await running?.exit) ?? "before it was ready";
      if (stopping.signal.aborted) return;
      if (deps.clock.monotonic() - readySinceMs > backoffMs.forgottenAfter)
        waitMs = backoffMs.first;
      deps.log.error(
        { how, waitMs, serverLog: spec.logFile },
        "the database server ended; starting it again",
      );
      await deps.clock.sleep(waitMs, stopping.signal).catch(() => undefined);
      if (stopping.signal.aborted) return;
      waitMs = Math.min(waitMs * 2, backoffMs.max);
      try {
        running = await runOnce(deps, spec, onSpawn);
        readySinceMs = deps.clock.monotonic();
        deps.log.info({ pid: running.pid }, "the database server is back");
      } catch (error) {
        running = undefined;
        if (!stopping.signal.aborted)
          deps.log.error({ error }, "the database server did not start");
      }
    }
  };

  const first = await runOnce(deps, spec, onSpawn);
  const kept = keepRunning(first);
  return {
    get pid() {
      return current?.ended === false ? current.pid : undefined;
    },
    async stop() {
      stopping.abort();
      if (current !== undefined) await shutDown(current, deps.clock);
      await kept;
    },
  };
}
