/** The HTTP contract of the platform's own pages: what runs here and how it fares. */
import { routes, Time } from "@tenfold/http/routes";
import { Type, type Static } from "typebox";

export const PlatformStatus = Type.Object({
  version: Type.String(),
  startedAt: Time,
  /** When this was read; rates come from two readings. */
  readAt: Time,
  role: Type.String(),
  systems: Type.Array(Type.String()),
  /** Of the process that answers. */
  process: Type.Object({
    pid: Type.Integer(),
    residentBytes: Type.Integer(),
    heapBytes: Type.Integer(),
    cpuSeconds: Type.Number(),
  }),
  /** Whether each thing the platform stands on answers. */
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      ok: Type.Boolean(),
      detail: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
  /** Since the process started, by route. */
  requests: Type.Array(
    Type.Object({
      route: Type.String(),
      total: Type.Integer(),
      /** Answered with 4xx or 5xx. */
      failed: Type.Integer(),
      secondsSum: Type.Number(),
    }),
  ),
  jobs: Type.Array(
    Type.Object({
      name: Type.String(),
      waiting: Type.Integer(),
      active: Type.Integer(),
      delayed: Type.Integer(),
      dead: Type.Integer(),
    }),
  ),
});
export type PlatformStatus = Static<typeof PlatformStatus>;

export const consoleRoutes = routes({
  "GET /": {
    summary: "To the web app",
    auth: "none",
    responses: { 302: "text/plain" },
    hidden: true,
  },
  "GET /v1/platform/status": {
    summary: "Health, request counts and queues (administrators)",
    auth: "admin",
    responses: { 200: PlatformStatus },
  },
  "POST /v1/platform/jobs/{queue}/redrive": {
    summary: "Put a queue's dead jobs back to work (administrators)",
    auth: "admin",
    params: Type.Object(
      { queue: Type.String({ maxLength: 100 }) },
      { additionalProperties: false },
    ),
    responses: { 200: Type.Object({ redriven: Type.Integer() }) },
    errors: ["job_queue_unknown"],
  },
});
export type ConsoleRoutes = typeof consoleRoutes;
