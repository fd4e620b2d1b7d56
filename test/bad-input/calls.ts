/**
 * One good call for every route there is, with every field that its schema
 * knows but the cursor, and the inputs that only its own rules refuse. What
 * the schemas refuse is derived from them in `body-mutations.ts` and
 * `url-mutations.ts`.
 */
import { accountRoutes } from "@tenfold/accounts/contract";
import type { RouteSpec, RouteTable } from "@tenfold/http/routes";
import { keyValueRoutes } from "@tenfold/key-value/contract";
import { limitRoutes } from "@tenfold/rate-limits/contract";
import { idRoutes } from "@tenfold/unique-ids/contract";
import { linkRoutes, redirectRoutes } from "@tenfold/url-shortener/contract";
import { consoleRoutes } from "tenfold/contract";
import { accountCalls } from "./account-calls.ts";
import type { Entry } from "./entry.ts";
import { idCalls } from "./id-calls.ts";
import { keyValueCalls } from "./key-value-calls.ts";
import { limitCalls } from "./limit-calls.ts";
import { linkCalls } from "./link-calls.ts";

const tables = {
  ...accountRoutes,
  ...linkRoutes,
  ...redirectRoutes,
  ...idRoutes,
  ...keyValueRoutes,
  ...limitRoutes,
  ...consoleRoutes,
};

/** Every route of every system, by its key. */
export const allRoutes: ReadonlyMap<string, RouteSpec> = new Map(
  Object.entries<RouteSpec>(tables satisfies RouteTable),
);

/** Their calls; a route that is missing here does not compile, and fails the first test. */
export const calls: Readonly<Record<keyof typeof tables, Entry>> = {
  ...accountCalls,
  ...linkCalls,
  ...idCalls,
  ...keyValueCalls,
  ...limitCalls,
  "GET /": { good: () => ({}) },
  "GET /v1/platform/status": { good: () => ({}) },
  "POST /v1/platform/jobs/{queue}/redrive": {
    good: () => ({ params: { queue: "accounts.purge-ended" } }),
    bad: () => [
      { name: "a queue", params: { queue: "none" }, status: 404, code: "job_queue_unknown" },
    ],
  },
};
