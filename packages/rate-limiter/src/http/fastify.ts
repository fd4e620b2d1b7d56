/**
 * Limits for Fastify 5, as a plugin whose hook holds for everything that is
 * registered beside and below it. Fastify itself is not imported: the plugin
 * takes what it uses.
 *
 * ```ts
 * await app.register(fastifyLimits({ limiter, rules, clock: systemClock }));
 * ```
 */
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Subject } from "../rules/rule.ts";
import { createGate } from "./gate.ts";
import { goneSignal, isGone } from "./gone.ts";
import { afterwards } from "./middleware.ts";
import { limitHeaders, refusalOf, type HttpLimitDeps, type HttpLimitOptions } from "./options.ts";
import type { Admission } from "./queue.ts";

/** What is used of a Fastify request. */
export interface FastifyRequestLike {
  readonly ip: string;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly routeOptions: { readonly url?: string | undefined };
}

/** What is used of a Fastify reply. */
export interface FastifyReplyLike {
  readonly raw: ServerResponse;
  code(status: number): unknown;
  headers(values: Record<string, string>): unknown;
  send(payload: string): unknown;
}

type Done = (error?: Error) => void;

/** What is used of a Fastify instance. */
export interface FastifyLike<Request extends FastifyRequestLike> {
  addHook(
    name: "onRequest",
    hook: (request: Request, reply: FastifyReplyLike, done: Done) => void,
  ): unknown;
}

export type FastifyLimits<Request extends FastifyRequestLike> = (
  app: FastifyLike<Request>,
  options: unknown,
  done: Done,
) => void;

/** The route is its pattern, `GET /users/:id`, so that a limit per route counts all users. */
export function fastifySubject(request: FastifyRequestLike): Subject {
  const path = request.routeOptions.url ?? request.url.split("?", 1)[0] ?? "/";
  return {
    address: request.ip,
    route: `${request.method} ${path}`,
    headers: request.headers,
  };
}

/** The plugin. The hook is `onRequest`: a refused request's body is never read. */
export function fastifyLimits<Request extends FastifyRequestLike = FastifyRequestLike>(
  deps: HttpLimitDeps,
  options: HttpLimitOptions<Request> = {},
): FastifyLimits<Request> {
  const gate = createGate(deps, { queue: options.queue });
  const subjectOf = options.subjectOf ?? fastifySubject;

  const hook = (request: Request, reply: FastifyReplyLike, done: Done): void => {
    const charges = deps.rules.match(subjectOf(request), options.costOf?.(request));
    if (charges.length === 0) return done();
    const answer = ({ decision, settle }: Admission): void => {
      reply.headers(limitHeaders(charges, decision, options));
      if (!decision.allowed) {
        const { headers, body } = refusalOf(request, decision, options);
        reply.headers(headers);
        reply.code(429);
        reply.send(body);
        return;
      }
      if (settle !== undefined) afterwards(reply.raw, settle);
      done();
    };
    // Who has gone is not answered: the request ends here, its socket is closed.
    const fail = (error: unknown): void => {
      if (!isGone(error)) done(error instanceof Error ? error : new Error(String(error)));
    };
    let admitted: Admission | Promise<Admission>;
    try {
      admitted = gate.admit(charges, () => goneSignal(reply.raw));
    } catch (error) {
      return fail(error);
    }
    if (!(admitted instanceof Promise)) return answer(admitted);
    admitted.then(answer, fail);
  };

  const plugin: FastifyLimits<Request> = (app, _options, done) => {
    app.addHook("onRequest", hook);
    done();
  };
  // Fastify's own marks: not a scope of its own, and a name to show.
  return Object.assign(plugin, {
    [Symbol.for("skip-override")]: true,
    [Symbol.for("fastify.display-name")]: "tenfold-rate-limiter",
  });
}
