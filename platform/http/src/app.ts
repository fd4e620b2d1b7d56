/** Puts the framework together: its limits, our body parser, hooks and error pages, and all routes. */
import type { Clock, Log, Random } from "@tenfold/core";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { sendProblem } from "./answers.ts";
import { installBodyParser } from "./content.ts";
import type { DispatchContext, Dispatched } from "./context.ts";
import { dispatcher, signInHook, timingHook } from "./dispatch.ts";
import { httpErrors } from "./errors.ts";
import { serveFolders } from "./folders.ts";
import type { Health } from "./health.ts";
import type { BoundRoutes, Handler } from "./http.ts";
import { limitedSignInHook, limitHook } from "./limits.ts";
import { createListener, refuseOnSocket } from "./listener.ts";
import type { PromMetrics } from "./metrics.ts";
import { openApiOf, type OpenApiDocument } from "./openapi.ts";
import { ownRoutes } from "./own-routes.ts";
import type { HttpOptions } from "./options.ts";
import { createAllowed, splitKey, toFrameworkPath, type Allowed } from "./paths.ts";
import { createRequestIds } from "./request-id.ts";
import { quickFirst } from "./quick.ts";
import type { RouteMetrics } from "./route-metrics.ts";
import type { Method, RouteKey, RouteSpec } from "./routes.ts";
import type { Folder } from "./server.ts";

export interface AppParts {
  deps: { log: Log; clock: Clock; random: Random; metrics?: Pick<PromMetrics, "text"> };
  options: HttpOptions;
  context: DispatchContext;
  health: Health;
  routeMetrics: RouteMetrics;
  registered: readonly BoundRoutes[];
  folders: readonly Folder[];
  draining: () => boolean;
  closing: () => boolean;
}

/** Longer path parameters than this find no route. */
const PARAMETER_LENGTH_MAX = 2_048;

declare module "fastify" {
  interface FastifyContextConfig {
    /** Absent on routes that are not in any table. */
    route?: Dispatched;
    system?: string;
  }
}

export async function buildApp(
  parts: AppParts,
): Promise<{ app: FastifyInstance; document: () => OpenApiDocument }> {
  let made: OpenApiDocument | undefined;
  // Made when first asked for: the public URL may be known only once the server listens.
  const document = () =>
    (made ??= openApiOf([...parts.registered, own], parts.context.publicUrl()));
  const own = ownRoutes({ ...parts, document });
  const registered = [own, ...parts.registered];
  const app = createApp({ ...parts, registered });
  const allowed = createAllowed();
  installErrorPages(app, parts, allowed);
  for (const bound of registered) addRoutes(app, bound, parts, allowed);
  await serveFolders(app, parts);
  await app.ready();
  return { app, document };
}

function createApp(parts: AppParts): FastifyInstance {
  const { deps, options, context, closing } = parts;
  const listener = { options, closing, publicUrl: context.publicUrl };
  const app = Fastify({
    serverFactory: (handler) => createListener(quickFirst(handler, parts), listener),
    clientErrorHandler: (error, socket) => refuseOnSocket(error, socket, listener),
    frameworkErrors: (error, request, reply) =>
      sendProblem(context, request, reply, { thrown: error, route: unmatched(context) }),
    bodyLimit: options.bodyBytesMax,
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    genReqId: createRequestIds(deps.random),
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX },
    return503OnClosing: false,
  });
  app.decorateRequest("startedMs", 0);
  app.decorateRequest("principal", undefined);
  app.decorateRequest("admission", undefined);
  installBodyParser(app, (request) => request.routeOptions.config.route?.spec);
  return app;
}

/** Stands for requests that match no route. */
const NO_ROUTE = "(no route)";
const unmatchedByContext = new WeakMap<DispatchContext, Dispatched>();
function unmatched(context: DispatchContext): Dispatched {
  const found = unmatchedByContext.get(context);
  if (found === undefined) throw new Error("the server was not put together");
  return found;
}

function installErrorPages(app: FastifyInstance, parts: AppParts, allowed: Allowed): void {
  const { context, routeMetrics } = parts;
  unmatchedByContext.set(context, {
    key: NO_ROUTE,
    spec: { summary: "", auth: "none", responses: {} },
    meter: routeMetrics.meter(NO_ROUTE),
  });
  app.setErrorHandler((error, request, reply) => {
    const route = request.routeOptions.config.route ?? unmatched(context);
    sendProblem(context, request, reply, { thrown: error, route });
  });
  installNotFound(app, parts, allowed);
}

/** What matches no route is limited as every route is; in a scope of its own, whose hook is for it alone. */
function installNotFound(app: FastifyInstance, { context }: AppParts, allowed: Allowed): void {
  const answer = (request: FastifyRequest, reply: FastifyReply): void => {
    const methods = allowed.methodsOf(request.url);
    const route = unmatched(context);
    if (methods.length === 0 || methods.includes(request.method)) {
      const thrown = httpErrors.route_not_found();
      return sendProblem(context, request, reply, { thrown, route });
    }
    const thrown = httpErrors.method_not_allowed({ detail: `Takes ${methods.join(", ")}.` });
    const headers = { allow: methods.join(", ") };
    return sendProblem(context, request, reply, { thrown, route, headers });
  };
  app.register((scope, _options, done) => {
    const limiter = context.limiter();
    if (limiter !== undefined) scope.addHook("onRequest", limitHook(unmatched(context), limiter));
    scope.setNotFoundHandler(answer);
    done();
  });
}

function addRoutes(
  app: FastifyInstance,
  bound: BoundRoutes,
  parts: AppParts,
  allowed: Allowed,
): void {
  const keys = Object.keys(bound.table) as RouteKey[]; // the table's own type, which Object.keys forgets
  // HEAD first: a GET would bring its own HEAD otherwise.
  for (const key of keys.sort(
    (a, b) => Number(b.startsWith("HEAD")) - Number(a.startsWith("HEAD")),
  )) {
    const spec = bound.table[key];
    const handler = bound.handlers[key];
    if (spec === undefined || handler === undefined) throw new Error(`${key} has no handler`);
    addRoute(app, { key, spec, handler, system: bound.system }, parts);
    allowed.add(key);
  }
}

interface NewRoute {
  key: RouteKey;
  spec: RouteSpec;
  // oxlint-disable-next-line typescript/no-explicit-any -- `bind` has checked the handler against its own route
  handler: Handler<any>;
  system: string;
}

function addRoute(
  app: FastifyInstance,
  { key, spec, handler, system }: NewRoute,
  parts: AppParts,
): void {
  const { context, routeMetrics } = parts;
  const { method, path } = splitKey(key);
  const route: Dispatched = { key, spec, meter: routeMetrics.meter(key) };
  const json = Object.entries(spec.responses).filter(
    ([, response]) => typeof response === "object",
  );
  app.route({
    method,
    url: toFrameworkPath(path),
    schema: { response: Object.fromEntries(json) },
    config: { route, system },
    ...(spec.bodyBytesMax === undefined ? {} : { bodyLimit: spec.bodyBytesMax }),
    ...hooksOf(method, route, context),
    handler: dispatcher(route, handler, context),
  });
}

/** Without limits, a GET that anyone may call, such as a redirect, runs without any hook. */
function hooksOf(method: Method, route: Dispatched, context: DispatchContext) {
  const { spec } = route;
  const limiter = spec.limits === "none" ? undefined : context.limiter();
  if (spec.auth !== "none") {
    const signIn = signInHook(spec, context);
    return {
      onRequest: limiter === undefined ? signIn : limitedSignInHook(route, limiter, signIn),
    };
  }
  const limits = limiter === undefined ? [] : [limitHook(route, limiter)];
  if (method === "GET" || method === "HEAD") return { onRequest: limits };
  return { onRequest: [timingHook(context), ...limits] };
}
