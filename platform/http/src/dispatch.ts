/**
 * From a matched route to its answer:
 *
 *   sign in (only where the route asks) ─▶ read input ─▶ handler ─▶ send
 *
 * Everything that can be known beforehand is worked out when the route is
 * registered; a synchronous handler is answered without a promise.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { createAnswerer, type Answer } from "./answers.ts";
import { IncomingCall } from "./call.ts";
import type { DispatchContext, Dispatched } from "./context.ts";
import type { Handler, Principal } from "./http.ts";
import { compileInput } from "./input.ts";
import type { RouteSpec } from "./routes.ts";
import { signIn } from "./sign-in.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Monotonic ms when the request was routed. */
    startedMs: number;
    principal: Principal | undefined;
  }
}

/** The Fastify handler of one route. */
export function dispatcher(
  route: Dispatched,
  // oxlint-disable-next-line typescript/no-explicit-any -- `bind` has checked the handler against its own route
  handler: Handler<any>,
  context: DispatchContext,
): (request: FastifyRequest, reply: FastifyReply) => void {
  const { spec } = route;
  const readInput = compileInput(spec);
  const send = createAnswerer(route, context);
  const idempotency = spec.idempotent === true ? context.idempotency : undefined;

  return (request, reply) => {
    if (request.startedMs === 0) request.startedMs = context.clock.monotonic();
    const call = new IncomingCall(request, reply, context.live, request.principal);
    readInput(request, call);
    // The generic parameters are gone here; `readInput` has just checked what they said.
    // oxlint-disable-next-line typescript/no-explicit-any -- see above
    const run = (): Answer | Promise<Answer> => handler(call as any);
    const answer =
      idempotency === undefined || request.headers["idempotency-key"] === undefined
        ? run()
        : idempotency.once(request, reply, run);
    if (answer instanceof Promise) {
      answer
        .then((settled) => send(request, reply, settled))
        .catch((error: unknown) => void reply.send(error));
    } else {
      send(request, reply, answer);
    }
  };
}

/** The `onRequest` hook for routes that take a body without signing in: its upload is timed too. */
export function timingHook(context: DispatchContext) {
  return (request: FastifyRequest, _reply: FastifyReply, next: () => void): void => {
    request.startedMs = context.clock.monotonic();
    next();
  };
}

/** The `onRequest` hook that signs in, for routes that need it: before any body is read. */
export function signInHook(spec: RouteSpec, context: DispatchContext) {
  return async (request: FastifyRequest): Promise<void> => {
    request.startedMs = context.clock.monotonic();
    request.principal = await signIn(request, spec.auth, {
      authenticator: context.authenticator(),
      publicUrl: context.publicUrl,
    });
  };
}
