/**
 * One call as a handler sees it. A class with getters: the redirect's hot path
 * reads two or three of these, so nothing is computed before it is asked for.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { versionOfIfMatch } from "./etag.ts";
import type { Principal } from "./http.ts";
import { cookieOf } from "./sign-in.ts";

/** Controllers of calls in flight whose handler asked for a signal. */
export type LiveSignals = Set<AbortController>;

export class IncomingCall {
  params: unknown;
  query: unknown;
  body: unknown;
  readonly principal: Principal | undefined;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  readonly #live: LiveSignals;
  #controller: AbortController | undefined;

  constructor(
    request: FastifyRequest,
    reply: FastifyReply,
    live: LiveSignals,
    principal: Principal | undefined,
  ) {
    this.params = undefined;
    this.query = undefined;
    this.body = undefined;
    this.principal = principal;
    this.#request = request;
    this.#reply = reply;
    this.#live = live;
  }

  get method(): string {
    return this.#request.method;
  }
  get url(): string {
    return this.#request.raw.url ?? "/";
  }
  get host(): string {
    return this.#request.host.toLowerCase();
  }
  get scheme(): string {
    return this.#request.protocol;
  }
  get address(): string {
    return this.#request.ip;
  }
  get requestId(): string {
    return this.#request.id;
  }
  get ifMatch(): string | undefined {
    return versionOfIfMatch(this.#request.headers["if-match"]);
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  cookie(name: string): string | undefined {
    return cookieOf(this.#request.headers.cookie, name);
  }

  get signal(): AbortSignal {
    return (this.#controller ??= this.#watch()).signal;
  }

  #watch(): AbortController {
    const controller = new AbortController();
    const { raw } = this.#reply;
    this.#live.add(controller);
    raw.once("close", () => {
      this.#live.delete(controller);
      if (!raw.writableFinished) controller.abort(new Error("the caller went away"));
    });
    return controller;
  }
}
