/**
 * Limits. The limiter, a port that the rate-limits system implements, is asked
 * once for every request to a route of a table, after sign-in:
 *
 *   bad credentials used up? ─▶ 429      ┐ only where a route signs in
 *   sign in, or fail and be noted        ┘
 *   charge what is known ─▶ refused: 429 before a body is read
 *                        └▶ else `RateLimit` fields on the answer, then 401 if
 *                           sign-in failed, else on to the handler
 *
 * So a request with bad credentials is charged too, to its address; and who
 * keeps trying some is refused before they are looked up. Routes of health and
 * metrics say `limits: "none"`. A route that redirects carries no fields when
 * it succeeds: the draft warns that a client could wait before following.
 */
import { hasCode } from "@tenfold/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from "node:http";
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
  /** `ratelimit` and `ratelimit-policy`; empty when there is nothing to say. */
  fields(): Readonly<Record<string, string>>;
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

/** Answers a promise only when the limiter did. */
type Enforce = (request: FastifyRequest, reply: FastifyReply) => Promise<void> | undefined;

/** Throws `rate_limited`, or lets through and notes the fields. */
function enforcer({ key, spec }: Dispatched, limiter: RequestLimiter): Enforce {
  const silent = redirects(spec);
  const apply = (admission: Admission, reply: FastifyReply): void => {
    const { allowed } = admission;
    if (!(silent && allowed)) setFields(reply, admission);
    if (!allowed) throw refusal(admission);
    if (admission.settle !== undefined) {
      reply.raw.once("close", () => void admission.settle?.());
    }
  };
  return (request, reply) => {
    const admission =
      handedOver.get(request.raw) ?? limiter.admit(new IncomingRequest(key, request));
    if (admission instanceof Promise) return admission.then((settled) => apply(settled, reply));
    apply(admission, reply);
    return undefined;
  };
}

const redirects = ({ responses }: RouteSpec): boolean =>
  ["301", "302", "303", "307", "308"].some((status) => status in responses);

/**
 * Adds the fields to whatever headers the answer is sent with. Not by
 * `setHeader`: after that Node checks and copies every header one by one.
 */
function setFields(reply: FastifyReply, admission: Admission): void {
  const { raw } = reply;
  const send = raw.writeHead.bind(raw);
  const writeHead = (status: number, headers: OutgoingHttpHeaders = {}): typeof raw =>
    send(status, Object.assign(headers, admission.fields()));
  Object.assign(raw, { writeHead });
}

function refusal({ detail, retryAfterSeconds }: Admission): Error {
  return httpErrors.rate_limited({
    ...(detail === undefined ? {} : { detail }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    hint: "Wait as long as `Retry-After` says.",
  });
}

/** The `onRequest` hook for a route that anyone may call. Stays in the same turn where the limiter does. */
export function limitHook(route: Dispatched, limiter: RequestLimiter) {
  const enforce = enforcer(route, limiter);
  return (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void => {
    let waiting: Promise<void> | undefined;
    try {
      waiting = enforce(request, reply);
    } catch (error) {
      return done(toError(error));
    }
    if (waiting === undefined) return done();
    const goOn = (): void => done();
    const fail = (error: unknown): void => done(toError(error));
    waiting.then(goOn, fail);
  };
}

const toError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));

/** The `onRequest` hook for a route that signs in: around `signIn`, which throws when it fails. */
export function limitedSignInHook(
  route: Dispatched,
  limiter: RequestLimiter,
  signIn: (request: FastifyRequest) => Promise<void>,
) {
  const enforce = enforcer(route, limiter);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (bringsCredentials(request)) {
      const exhausted = limiter.mayTryCredentials(request.ip);
      if (exhausted !== undefined) {
        setFields(reply, exhausted);
        throw refusal(exhausted);
      }
    }
    const failure = await signIn(request).then(
      () => undefined,
      (error: unknown) => toError(error),
    );
    if (hasCode(failure, "credentials_invalid")) limiter.noteBadCredentials(request.ip);
    await enforce(request, reply);
    if (failure !== undefined) throw failure;
  };
}

function bringsCredentials({ headers }: FastifyRequest): boolean {
  return (
    headers.authorization !== undefined || cookieOf(headers.cookie, SESSION_COOKIE) !== undefined
  );
}
