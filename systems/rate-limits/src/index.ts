/**
 * The platform's limits: which rules hold, what they decide, and how
 * administrators see and change them. This file puts the parts together.
 */
import { createService } from "@tenfold/core";
import type { RequestLimiter } from "@tenfold/http";
import type { Migration } from "@tenfold/sql";
import type { Platform, System } from "@tenfold/system";
import { edits } from "../migrations/001-edits.ts";
import { createAdmission } from "./admission.ts";
import { createChanges } from "./changes.ts";
import { bindLimits } from "./http.ts";
import { rateLimitsDefaults, type RateLimitsOptions } from "./options.ts";
import { compile } from "./rule-files.ts";
import { createRulebook } from "./rulebook.ts";
import { createLimitsService } from "./service.ts";
import { createEditStore } from "./store.ts";
import { createStores } from "./stores.ts";
import { createTraffic } from "./traffic.ts";

export { limitErrors } from "./errors.ts";
export {
  fromEnv,
  rateLimitsDefaults,
  rateLimitsSettings,
  type RateLimitsOptions,
} from "./options.ts";
export { checkRulesFile } from "./rule-files.ts";
export { readRulesInForce } from "./rules-in-force.ts";

/** In order; never changed once released. */
export const rateLimitsMigrations: readonly Migration[] = [edits];

export interface RateLimits extends System {
  /** For the web server. */
  readonly limiter: RequestLimiter;
}

/** Makes the system. `start` reads the rules, and rejects when they have mistakes. */
export function createRateLimits(
  { platform }: { platform: Platform },
  given: Partial<RateLimitsOptions> = {},
): RateLimits {
  const options: RateLimitsOptions = { ...rateLimitsDefaults, ...given };
  const { clock, state, metrics } = platform;
  const log = platform.log.child({ system: "rate-limits" });
  const stores = createStores(platform, options);
  const store = createEditStore(platform.sql);
  const traffic = createTraffic({ clock, metrics });
  const rulebook = createRulebook({ log, compile }, []);
  const changes = createChanges({ clock, log, state, store, rulebook, traffic }, options);
  const service = createLimitsService(
    {
      clock,
      rulebook,
      store,
      traffic,
      limiters: [...new Set([stores.limiter, stores.quick, stores.local])],
      editsChanged: () => changes.editsChanged(),
      status: () => ({
        store: stores.kind,
        healthy: stores.healthy(),
        file: options.file ?? null,
        fileProblem: changes.fileProblem ?? null,
      }),
    },
    options,
  );
  return {
    ...createService({
      start: () => changes.start(),
      stop: () => changes.stop(),
    }),
    name: "rate-limits",
    migrations: rateLimitsMigrations,
    routes: [bindLimits(service)],
    workers: [],
    limiter: createAdmission({
      rules: () => rulebook.compiled,
      limiter: stores.limiter,
      quickLimiter: stores.quick,
      quickRoutes: new Set(options.quickRoutes),
      local: stores.local,
      traffic,
    }),
  };
}
