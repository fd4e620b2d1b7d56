/** The platform's own routes: health, metrics and the contract itself. */
import { bind, type BoundRoutes } from "./http.ts";
import type { AppParts } from "./app.ts";
import { docsPage } from "./docs-page.ts";
import { docsCss } from "./docs-style.ts";
import type { OpenApiDocument } from "./openapi.ts";
import { PAGE_CSP } from "./security-headers.ts";
import { routes } from "./routes.ts";
import { Type } from "typebox";

const Readiness = Type.Object({
  ready: Type.Boolean(),
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      ready: Type.Boolean(),
      detail: Type.Optional(Type.String()),
    }),
  ),
});

const table = routes({
  "GET /livez": {
    summary: "The process answers",
    tag: "platform",
    auth: "none",
    limits: "none",
    responses: { 200: Type.Object({ live: Type.Boolean() }) },
  },
  "GET /readyz": {
    summary: "Traffic may be sent here",
    description: "503 while a check fails, and from the moment the server begins to stop.",
    tag: "platform",
    auth: "none",
    limits: "none",
    responses: { 200: Readiness, 503: Readiness },
  },
  "GET /metrics": {
    summary: "Metrics in Prometheus's text format",
    tag: "platform",
    auth: "none",
    limits: "none",
    responses: { 200: "text/plain; version=0.0.4; charset=utf-8" },
  },
  "GET /openapi.json": {
    summary: "This contract as OpenAPI 3.1",
    tag: "platform",
    auth: "none",
    responses: { 200: "application/json; charset=utf-8" },
  },
  "GET /docs": {
    summary: "This contract to read",
    tag: "platform",
    auth: "none",
    responses: { 200: "text/html; charset=utf-8" },
    hidden: true,
  },
  "GET /docs.css": {
    summary: "How the contract looks",
    tag: "platform",
    auth: "none",
    responses: { 200: "text/css; charset=utf-8" },
    hidden: true,
  },
});

export function ownRoutes(parts: AppParts & { document: () => OpenApiDocument }): BoundRoutes {
  const { deps, health, routeMetrics, document, draining } = parts;
  const noStore = { "cache-control": "no-store" };
  const shortly = { "cache-control": "public, max-age=300" };
  let json: string | undefined;
  let page: string | undefined;

  return bind("platform", table, {
    "GET /livez": () => ({ status: 200, body: { live: true }, headers: noStore }),
    "GET /readyz": async () => {
      const body = await health.readiness();
      if (draining()) {
        const stopping = { name: "server", ready: false, detail: "stopping" };
        return {
          status: 503,
          body: { ready: false, checks: [...body.checks, stopping] },
          headers: noStore,
        };
      }
      return { status: body.ready ? 200 : 503, body, headers: noStore };
    },
    "GET /metrics": async () => ({
      status: 200,
      body: routeMetrics.text() + ((await deps.metrics?.text()) ?? ""),
      headers: noStore,
    }),
    "GET /openapi.json": () => ({
      status: 200,
      body: (json ??= JSON.stringify(document())),
      headers: shortly,
    }),
    "GET /docs": () => ({
      status: 200,
      body: (page ??= docsPage(document())),
      headers: { ...shortly, "content-security-policy": PAGE_CSP },
    }),
    "GET /docs.css": () => ({ status: 200, body: docsCss, headers: shortly }),
  });
}
