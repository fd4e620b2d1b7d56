/** Placeholder. */
import type { Clock, Log, Random } from "@tenfold/core";
import type { Sql } from "@tenfold/sql";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Answer } from "./answers.ts";
import type { HttpOptions } from "./options.ts";
import type { RouteSpec } from "./routes.ts";

export interface Idempotency {
  once(
    request: FastifyRequest,
    reply: FastifyReply,
    spec: RouteSpec,
    run: () => Answer | Promise<Answer>,
  ): Promise<Answer>;
  stop(): Promise<void>;
}
export function createIdempotency(
  _deps: { clock: Clock; log: Log; random: Random; sql: Pick<Sql, "query"> },
  _options: HttpOptions,
): Idempotency {
  return { once: async (_request, _reply, _spec, run) => run(), stop: async () => undefined };
}
