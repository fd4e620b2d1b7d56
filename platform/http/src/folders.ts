/**
 * Serving built web apps. The folder is listed once, when the server starts,
 * and only names on that list are ever opened: no path from outside reaches
 * the file system. Unknown paths below the prefix get `index.html`, so that
 * the app's own router can answer for them.
 */
import { readdir } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { sendProblem } from "./answers.ts";
import type { AppParts } from "./app.ts";
import type { Dispatched } from "./context.ts";
import { httpErrors } from "./errors.ts";
import { limitHook } from "./limits.ts";
import { APP_CSP } from "./security-headers.ts";
import type { Folder } from "./server.ts";

/** A name with a content hash, as bundlers write them, never changes its content. */
const HASHED = /[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;

/** Registers every folder; throws when one has no `index.html`. */
export async function serveFolders(app: FastifyInstance, parts: AppParts): Promise<void> {
  const first = parts.folders[0];
  if (first === undefined) return;
  await app.register(fastifyStatic, {
    root: resolve(first.folder),
    serve: false,
    // Takes `name.br` or `name.gz` where the build has made one and the caller can read it.
    preCompressed: true,
  });
  for (const folder of parts.folders) await serveFolder(app, folder, parts);
}

async function serveFolder(app: FastifyInstance, given: Folder, parts: AppParts): Promise<void> {
  const { context, routeMetrics } = parts;
  const root = resolve(given.folder);
  const prefix = given.prefix.replace(/\/+$/, "");
  const names = await listFiles(root);
  if (!names.has("index.html")) throw new Error(`${root} has no index.html`);
  const key = `GET ${prefix}/*`;
  const spec = { summary: "", auth: "none", responses: {} } as const;
  const route: Dispatched = { key, spec, meter: routeMetrics.meter(key) };
  const headers = {
    ...context.securityHeaders.document,
    "content-security-policy": given.options.contentSecurityPolicy ?? APP_CSP,
  };

  const serve = (request: FastifyRequest, reply: FastifyReply, wanted: string): void => {
    request.startedMs = context.clock.monotonic();
    const name = names.has(wanted) ? wanted : "index.html";
    // A missing script or image must not come back as a page.
    if (name !== wanted && /\.[a-z0-9]{1,5}$/.test(wanted)) {
      return sendProblem(context, request, reply, { thrown: httpErrors.route_not_found(), route });
    }
    reply.headers(headers).header("x-request-id", request.id);
    const immutable = name.startsWith("assets/") && HASHED.test(name);
    reply.header("cache-control", immutable ? "public, max-age=31536000, immutable" : "no-cache");
    reply.header("vary", "accept-encoding");
    reply.sendFile(name, root, { cacheControl: false });
    route.meter.record(200, context.clock.monotonic() - request.startedMs);
    return undefined;
  };

  const limiter = context.limiter();
  const onRequest = limiter === undefined ? [] : [limitHook(route, limiter)];
  const options = { config: { route }, onRequest };
  app.get(prefix === "" ? "/" : prefix, options, (request, reply) =>
    serve(request, reply, "index.html"),
  );
  app.get<{ Params: { "*": string } }>(`${prefix}/*`, options, (request, reply) =>
    serve(request, reply, request.params["*"] === "" ? "index.html" : request.params["*"]),
  );
}

async function listFiles(root: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return new Set(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/")),
  );
}
