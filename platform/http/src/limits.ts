/**
 * Limits. The limiter, a port that the rate-limits system implements, is asked
 * once for every request: to a route of a table, after sign-in; to the files of a
 * web app; and to nothing at all.
 *
 *   bad credentials used up? ─▶ 429      ┐ only where a route signs in
 *   sign in, or fail and be noted        ┘
 *   charge what is known ─▶ refused: 429 before a body is read
 *                        └▶ else `RateLimit` fields on the answer, then 401 if
 *                           sign-in failed, else on to the handler
 *
 * So a request with bad credentials is charged too, to its address; and who
 * keeps trying some is refused before they are looked up. Routes of health and
 * metrics say `limits: "none"`. Files carry no fields. A route that redirects carries no fields when
 * it succeeds: the draft warns that a client could wait before following.
 */
import { hasCode } from "@tenfold/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Dispatched } from "./context.ts";
import { httpErrors } from "./errors.ts";
import type { Principal } from "./http.ts";
import type { RouteSpec } from "./routes.ts";
import { cookieOf, SESSION_COOKIE } from "./sign-in.ts";

/** A request as the limiter sees it. Each part is worked out when it is asked for. */
export interface LimitedRequest {
  /** The route's key: `GET /v1/links/{id}`. */
  readonly route: string;
  /** The caller's address; behind trusted proxies, the one they vouch for. */
  readonly address: string;
  readonly principal: Principal | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** What the limiter says about one request. */
export interface Admission {
  readonly allowed: boolean;
  /** When to come back, for a refusal; `undefined` when that would not help. */
  readonly retryAfterSeconds?: number | undefined;
  /** Which limit refused, in a sentence for the caller. */
  readonly detail?: string;
  /** Adds `ratelimit` and `ratelimit-policy` to an answer's headers, where there is something to say. */
  addFields(headers: Record<string, string>): void;
  /** Called once the answer has been sent or the caller has gone. */
  settle?(): unknown;
}

/** Implemented by the rate-limits system. Answers at once where it can; never rejects. */
export interface RequestLimiter {
  /** Charges a request. */
  admit(request: LimitedRequest): Admission | Promise<Admission>;
  /** A refusal when this address has tried too many bad credentials. Charges nothing. */
  mayTryCredentials(address: string): Admission | undefined;
  /** Notes credentials that were bad. */
  noteBadCredentials(address: string): void;
}

class IncomingRequest implements LimitedRequest {
  readonly route: string;
  readonly #request: FastifyRequest;

  constructor(route: string, request: FastifyRequest) {
    this.route = route;
    this.#request = request;
  }

  get address(): string {
    return this.#request.ip;
  }
  get principal(): Principal | undefined {
    return this.#request.principal;
  }
  get headers(): IncomingHttpHeaders {
    return this.#request.headers;
  }
}

/** The same of a request that the framework has not seen, from somebody unknown. */
export class LimitedMessage implements LimitedRequest {
  readonly route: string;
  readonly principal = undefined;
  readonly #request: IncomingMessage;

  constructor(route: string, request: IncomingMessage) {
    this.route = route;
    this.#request = request;
  }

  get address(): string {
    return this.#request.socket.remoteAddress ?? "";
  }
  get headers(): IncomingHttpHeaders {
    return this.#request.headers;
  }
}

const handedOver = new WeakMap<IncomingMessage, Admission | Promise<Admission>>();

/** Leaves what the limiter said of `request` to its route's hook: nobody is charged twice. */
export function handOver(
  request: IncomingMessage,
  admission: Admission | Promise<Admission>,
): void {
  handedOver.set(request, admission);
}

declare module "fastify" {
  interface FastifyRequest {
    /** What the limiter said, where the answer tells of it. */
    admission: Admission | undefined;
  }
}

/** Asks about one request; answers a promise only when the limiter does. */
type Ask = (request: FastifyRequest) => Admission | Promise<Admission>;

function asker({ key }: Dispatched, limiter: RequestLimiter): Ask {
  return (request) =>
    handedOver.get(request.raw) ?? limiter.admit(new IncomingRequest(key, request));
}

/** Notes what the answer will tell; answers the error that a refusal is. */
type Apply = (
  admission: Admission,
  request: FastifyRequest,
  reply: FastifyReply,
) => Error | undefined;

function applier({ spec }: Dispatched): Apply {
  const silent = redirects(spec);
  return (admission, request, reply) => {
    const { allowed } = admission;
    if (!(silent && allowed)) request.admission = admission;
    if (!allowed) return refusal(admission);
    if (admission.settle !== undefined) reply.raw.once("close", () => void admission.settle?.());
    return undefined;
  };
}

const redirects = ({ responses }: RouteSpec): boolean =>
  ["301", "302", "303", "307", "308"].some((status) => status in responses);

function refusal({ detail, retryAfterSeconds }: Admission): Error {
  return httpErrors.rate_limited({
    ...(detail === undefined ? {} : { detail }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    hint: "Wait as long as `Retry-After` says.",
  });
}

type Done = (error?: Error) => void;
type Hook = (request: FastifyRequest, reply: FastifyReply, done: Done) => void;

/** The `onRequest` hook for a route that anyone may call. Stays in the same turn where the limiter does. */
export function limitHook(route: Dispatched, limiter: RequestLimiter): Hook {
  const ask = asker(route, limiter);
  const apply = applier(route);
  return (request, reply, done) => {
    const admission = ask(request);
    if (!(admission instanceof Promise)) return done(apply(admission, request, reply));
    const goOn = (settled: Admission): void => done(apply(settled, request, reply));
    const fail = (error: unknown): void => done(toError(error));
    admission.then(goOn, fail);
  };
}

const toError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));

/** The `onRequest` hook for a route that signs in: around `signIn`, which rejects when it fails. */
export function limitedSignInHook(
  route: Dispatched,
  limiter: RequestLimiter,
  signIn: (request: FastifyRequest) => Promise<void>,
): Hook {
  const limit = limitHook(route, limiter);
  return (request, reply, done) => {
    const exhausted = bringsCredentials(request)
      ? limiter.mayTryCredentials(request.ip)
      : undefined;
    if (exhausted !== undefined) {
      request.admission = exhausted;
      return done(refusal(exhausted));
    }
    const goOn = (): void => limit(request, reply, done);
    // Who could not sign in is charged as a stranger, and told so only if nothing refuses.
    const fail = (error: unknown): void => {
      if (hasCode(error, "credentials_invalid")) limiter.noteBadCredentials(request.ip);
      limit(request, reply, (refused) => done(refused ?? toError(error)));
    };
    signIn(request).then(goOn, fail);
  };
}

function bringsCredentials({ headers }: FastifyRequest): boolean {
  return (
    headers.authorization !== undefined || cookieOf(headers.cookie, SESSION_COOKIE) !== undefined
  );
}
