/**
 * The quick way for a path of one plain segment, such as a short link's code,
 * in front of the framework: what is in memory is answered in the same turn.
 *
 *   GET /{segment} ─▶ find ─▶ limiter ─▶ answer     nothing parsed, routed or awaited
 *                      │         │ refused, or not at once
 *                      ▼         ▼
 *                    the framework, its hooks, and the route's own handler
 *
 * It is the same route, counted and limited alike; whatever is not plain (a
 * query, an escape, a body, a proxy's headers) goes the long way.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Random } from "@tenfold/core";
import type { DispatchContext, Dispatched } from "./context.ts";
import type { BoundRoutes, QuickCall, QuickRoute } from "./http.ts";
import { handOver, LimitedMessage } from "./limits.ts";
import type { HttpOptions } from "./options.ts";
import { splitKey } from "./paths.ts";
import { createRequestIds } from "./request-id.ts";
import type { RouteMetrics } from "./route-metrics.ts";

export interface QuickParts {
  deps: { random: Random };
  options: HttpOptions;
  context: DispatchContext;
  routeMetrics: RouteMetrics;
  registered: readonly BoundRoutes[];
  folders: readonly { prefix: string }[];
}

const PLAIN = /^\/[0-9A-Za-z_-]{1,64}$/;

/** `next` for whatever cannot be answered quickly; `next` itself when no route is quick. */
export function quickFirst(next: RequestListener, parts: QuickParts): RequestListener {
  const { options, registered } = parts;
  const bound = registered.find(({ quick }) => quick !== undefined);
  // Behind proxies the address is theirs to tell, which the framework reads; so it does a log of each request.
  if (
    bound?.quick === undefined ||
    options.trustedProxies.length > 0 ||
    options.accessLog === "all"
  ) {
    return next;
  }
  const answer = createQuick(bound, bound.quick, parts);
  return (request, response) => {
    if (!answer(request, response)) next(request, response);
  };
}

function createQuick(
  bound: BoundRoutes,
  quick: QuickRoute,
  { deps, context, routeMetrics, registered, folders }: QuickParts,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const spec = bound.table[quick.key];
  if (spec === undefined) throw new Error(`${quick.key} is no route of ${bound.system}`);
  const route: Dispatched = { key: quick.key, spec, meter: routeMetrics.meter(quick.key) };
  const taken = takenSegments(registered, folders);
  const requestId = createRequestIds(deps.random);
  const limiter = context.limiter();
  const { bare } = context.securityHeaders;

  return (request, response) => {
    const call = plainCall(request);
    if (call === undefined || taken.has(call.segment)) return false;
    const found = quick.find(call);
    if (found === undefined) return false;
    const startedMs = context.clock.monotonic();
    if (limiter !== undefined) {
      const admission = limiter.admit(new LimitedMessage(route.key, request));
      if (admission instanceof Promise || !admission.allowed || admission.settle !== undefined) {
        handOver(request, admission);
        return false;
      }
    }
    const { status, headers } = quick.answer(call, found);
    response.writeHead(status, {
      ...bare,
      ...headers,
      "x-request-id": requestId(request),
      "content-length": "0",
    });
    response.end();
    route.meter.record(status, context.clock.monotonic() - startedMs);
    return true;
  };
}

/** First segments that belong to others: `docs`, `livez`, `app`. */
function takenSegments(
  registered: readonly BoundRoutes[],
  folders: readonly { prefix: string }[],
): Set<string> {
  const paths = registered.flatMap(({ table }) =>
    Object.keys(table).map((key) => splitKey(key).path),
  );
  return new Set([...paths, ...folders.map(({ prefix }) => prefix)].map(firstSegment));
}

const firstSegment = (path: string): string => path.split("/")[1] ?? "";

function plainCall(request: IncomingMessage): QuickCall | undefined {
  const { method, url = "", headers, socket } = request;
  if (method !== "GET" || !PLAIN.test(url) || socket.remoteAddress === undefined) return undefined;
  if (headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined) {
    return undefined;
  }
  return new PlainCall(request, url.slice(1), socket.remoteAddress);
}

class PlainCall implements QuickCall {
  readonly segment: string;
  readonly address: string;
  readonly #request: IncomingMessage;

  constructor(request: IncomingMessage, segment: string, address: string) {
    this.segment = segment;
    this.address = address;
    this.#request = request;
  }

  get host(): string {
    return (this.#request.headers.host ?? "").toLowerCase();
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }
}
