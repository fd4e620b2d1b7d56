/**
 * The guard itself: one request, hop by hop.
 *
 *   parse ─▶ connect (checked) ─▶ headers ─┬─ redirect ─▶ parse the next …
 *                                          └─ answer ──▶ body, decoded and cut
 *
 * All of it under one time limit and one signal.
 */
import { type Clock, createService, type Service, TenfoldError } from "@tenfold/core";
import { Agent, type Dispatcher } from "undici";
import { createAddressCheck, resolveByDns, type Resolve } from "./addresses.ts";
import { acceptEncoding, readBody } from "./body.ts";
import { createGuardedConnector } from "./connect.ts";
import { outboundErrors } from "./errors.ts";
import type { Fetched, FetchOptions, Outbound } from "./outbound.ts";
import { parseTarget } from "./target.ts";

export interface OutboundDeps {
  clock: Clock;
  /** Asks the DNS by default. */
  resolve?: Resolve;
}

export interface OutboundOptions {
  /** Sent when the caller names none. */
  userAgent?: string;
  /** Blocks refused although public, `203.0.114.0/24`: your own network's, say. */
  forbid?: readonly string[];
  /** `127.0.0.1:8080`, `[::1]:8080`: reached although private. Only for tests. */
  allowPrivate?: readonly string[];
  connectTimeoutMs?: number;
  headerBytesMax?: number;
  /** Requests under way at once; one more throws `fetch_busy`. */
  concurrencyMax?: number;
  /** Connections to one origin at once. */
  connectionsPerOriginMax?: number;
}

const defaults = Object.freeze({
  userAgent: "Tenfold/0.1",
  forbid: [],
  allowPrivate: [],
  connectTimeoutMs: 5_000,
  headerBytesMax: 32 * 1024,
  concurrencyMax: 256,
  connectionsPerOriginMax: 8,
});

/** Ours to set, or able to make one request look like two. */
const reservedHeaders: ReadonlySet<string> = new Set(
  "host connection keep-alive proxy-connection upgrade te trailer expect transfer-encoding content-length accept-encoding".split(
    " ",
  ),
);
/** Kept when a redirect leaves the origin: what any visitor would send. */
const harmlessHeaders: ReadonlySet<string> = new Set(["accept", "accept-language", "user-agent"]);

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

interface Hop {
  url: URL;
  headers: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

/** A guard with its own connections; `stop()` closes them. Needs no `start()`. */
export function createOutbound(
  deps: OutboundDeps,
  options: OutboundOptions = {},
): Outbound & Service {
  const settings = { ...defaults, ...options };
  const agent = createAgent(deps, settings);
  let underWay = 0;

  const send = ({ url, headers, signal }: Hop): Promise<Dispatcher.ResponseData> =>
    agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: "GET",
      headers: { ...headers, "accept-encoding": acceptEncoding },
      signal,
    });

  const follow = async (first: Hop, limits: FetchOptions): Promise<Fetched> => {
    let hop = first;
    for (let redirects = 0; ; redirects++) {
      const response = await send(hop);
      const location = redirectOf(response);
      if (location === undefined || limits.redirectsMax === 0) {
        return answerOf(hop.url, response, limits.bodyBytesMax);
      }
      discard(response);
      if (redirects === limits.redirectsMax) {
        throw outboundErrors.fetch_failed({
          detail: `The URL redirects more than ${limits.redirectsMax} times.`,
        });
      }
      hop = nextHop(hop, location);
    }
  };

  return {
    ...createService({ stop: () => agent.destroy() }),
    async get(text, limits) {
      const url = parseTarget(text);
      const headers = { "user-agent": settings.userAgent, ...checkHeaders(limits.headers) };
      limits.signal?.throwIfAborted();
      if (underWay >= settings.concurrencyMax) throw outboundErrors.fetch_busy();
      underWay++;
      const done = new AbortController();
      const timeout = new AbortController();
      deps.clock.sleep(limits.timeoutMs, done.signal).then(
        () => timeout.abort(),
        () => undefined, // Done in time.
      );
      const signals = [timeout.signal, ...(limits.signal === undefined ? [] : [limits.signal])];
      const signal = AbortSignal.any(signals);
      try {
        return await follow({ url, headers, signal }, limits);
      } catch (error) {
        limits.signal?.throwIfAborted();
        if (timeout.signal.aborted) throw outboundErrors.fetch_timeout({ cause: error });
        throw ownError(error);
      } finally {
        done.abort();
        underWay--;
      }
    },
  };
}

function createAgent(deps: OutboundDeps, settings: Required<OutboundOptions>): Agent {
  const { connectTimeoutMs } = settings;
  return new Agent({
    connect: createGuardedConnector({
      check: createAddressCheck(settings),
      resolve: deps.resolve ?? resolveByDns,
      connectTimeoutMs,
    }),
    connections: settings.connectionsPerOriginMax,
    maxHeaderSize: settings.headerBytesMax,
    // Long enough for a redirect to the same host; hosts of strangers are not worth keeping.
    keepAliveTimeout: 1_000,
    keepAliveMaxTimeout: 1_000,
    // The whole request has one limit, which the caller's clock keeps.
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  });
}

async function answerOf(
  url: URL,
  response: Dispatcher.ResponseData,
  bodyBytesMax: number,
): Promise<Fetched> {
  const headers = flatHeaders(response.headers);
  try {
    const encoding = headers["content-encoding"] ?? "";
    const { body, truncated } = await readBody(response.body, encoding, bodyBytesMax);
    return { url: url.href, status: response.statusCode, headers, body, truncated };
  } catch (error) {
    discard(response);
    throw error;
  }
}

function redirectOf({ statusCode, headers }: Dispatcher.ResponseData): string | undefined {
  if (!redirectStatuses.has(statusCode)) return undefined;
  // Two locations are nobody's: an answer is taken as it is.
  return typeof headers["location"] === "string" ? headers["location"] : undefined;
}

function nextHop(hop: Hop, location: string): Hop {
  let url: URL;
  try {
    url = parseTarget(location, hop.url.href);
  } catch (error) {
    // What the caller named was fine; what the other side answered is not.
    const why = error instanceof TenfoldError ? error.detail : "";
    throw outboundErrors.fetch_failed({
      detail: `It redirects to a bad URL. ${why}`,
      cause: error,
    });
  }
  if (url.origin === hop.url.origin) return { ...hop, url };
  const kept = Object.entries(hop.headers).filter(([name]) => harmlessHeaders.has(name));
  return { ...hop, url, headers: Object.fromEntries(kept) };
}

/** Lower-cases the names; throws a RangeError for one that is not the caller's to set. */
function checkHeaders(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([given, value]) => {
      const name = given.toLowerCase();
      if (reservedHeaders.has(name)) throw new RangeError(`the header "${name}" cannot be set`);
      return [name, value];
    }),
  );
}

function flatHeaders(headers: Dispatcher.ResponseData["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
    ),
  );
}

/** Gives up a body that nobody reads, and with it the connection. */
function discard({ body }: Dispatcher.ResponseData): void {
  body.on("error", () => undefined);
  body.destroy();
}

/** Our own error if one is at the bottom of it, else `fetch_failed` around it. */
function ownError(error: unknown): TenfoldError {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof TenfoldError) return at;
  }
  return outboundErrors.fetch_failed({ cause: error });
}
