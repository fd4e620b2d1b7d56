/**
 * Limits for plain `node:http` and for Express. It imports neither: it takes
 * what both hand to a listener.
 *
 * ```ts
 * const limit = limitMiddleware({ limiter, rules, clock: systemClock });
 * app.use(limit);                                              // Express
 * createServer((request, response) =>                          // node:http
 *   limit(request, response, () => handle(request, response)));
 * ```
 *
 * An error of the limiter goes to `next`, as Express wants it; in plain
 * `node:http` look at its argument.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Subject } from "../rules/rule.ts";
import { createGate } from "./gate.ts";
import { limitHeaders, refusalOf, type HttpLimitDeps, type HttpLimitOptions } from "./options.ts";
import { goneSignal, isGone } from "./gone.ts";
import type { Admission } from "./queue.ts";

/** A request as node:http or Express has it. */
export interface HttpRequest extends IncomingMessage {
  /** Express's view of the address, which knows of trusted proxies. */
  ip?: string | undefined;
  /** Express's path before routers cut it down. */
  originalUrl?: string;
}

export type LimitMiddleware<Request extends HttpRequest> = (
  request: Request,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** What a request is known by without anybody being asked: its address, route and headers. */
export function requestSubject(request: HttpRequest): Subject {
  const path = (request.originalUrl ?? request.url ?? "/").split("?", 1)[0] ?? "/";
  return {
    address: request.ip ?? request.socket.remoteAddress,
    route: `${request.method ?? "GET"} ${path}`,
    headers: request.headers,
  };
}

/** The middleware. `next` runs in the same turn where the limiter answers at once. */
export function limitMiddleware<Request extends HttpRequest = HttpRequest>(
  deps: HttpLimitDeps,
  options: HttpLimitOptions<Request> = {},
): LimitMiddleware<Request> {
  const gate = createGate(deps, { queue: options.queue });
  const subjectOf = options.subjectOf ?? requestSubject;

  return (request, response, next) => {
    const charges = deps.rules.match(subjectOf(request), options.costOf?.(request));
    if (charges.length === 0) return next();
    const answer = ({ decision, settle }: Admission): void => {
      const fields = limitHeaders(charges, decision, options);
      for (const name in fields) response.setHeader(name, fields[name] ?? "");
      if (!decision.allowed) {
        const { headers, body } = refusalOf(request, decision, options);
        response.writeHead(429, headers).end(body);
        return;
      }
      if (settle !== undefined) afterwards(response, settle);
      next();
    };
    // Who has gone is not answered, and not handled any further.
    const fail = (error: unknown): void => void (isGone(error) || next(error));
    let admitted: Admission | Promise<Admission>;
    try {
      admitted = gate.admit(charges, () => goneSignal(response));
    } catch (error) {
      return next(error);
    }
    if (!(admitted instanceof Promise)) return answer(admitted);
    admitted.then(answer, fail);
  };
}

/** Once the answer has been sent, or cannot be sent any more. */
export function afterwards(response: ServerResponse, settle: () => unknown): void {
  if (response.destroyed) return void settle();
  response.once("close", () => void settle());
}
