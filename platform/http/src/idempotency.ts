/**
 * `Idempotency-Key`: a create that may be sent again. The first answer is kept
 * for a day under (account, key) together with a hash of the request.
 *
 *   no row            ─▶ lock it, run, keep the answer
 *   answer, same hash ─▶ the kept answer, `Idempotency-Replayed: true`
 *   other hash        ─▶ 422 idempotency_key_reused
 *   locked, same hash ─▶ wait a little for the answer, then 409
 *   lock run out      ─▶ its process has died: run again
 *
 * Only successes are kept. A refusal or a failure frees the key: nothing was
 * done, so trying again is right, and may succeed.
 *
 * The crash window: a handler commits its own transaction, then the answer is
 * kept in another. A process that dies between the two leaves a lock that runs
 * out, and a retry after that runs the handler again. Within the window a key
 * therefore promises at least once; outside of it, exactly once.
 */
import { createHash } from "node:crypto";
import type { Clock, Log, Random } from "@tenfold/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Answer } from "./answers.ts";
import { httpErrors } from "./errors.ts";
import { createIdempotencyStore, type Attempt, type QuerySql } from "./idempotency-store.ts";
import type { HttpOptions } from "./options.ts";

export interface Idempotency {
  /** Runs `run` once per account, key and request. Keys of callers without an account are ignored. */
  once: (
    request: FastifyRequest,
    reply: FastifyReply,
    run: () => Answer | Promise<Answer>,
  ) => Answer | Promise<Answer>;
  /** Begins to remove answers whose time is over. */
  start: () => void;
  stop: () => void;
}

export interface IdempotencyDeps {
  clock: Clock;
  log: Log;
  random: Random;
  sql: QuerySql;
}

/** How often a waiting request looks for the first one's answer. */
const POLL_MS = 50;
/** How often answers are removed whose time is over. */
const SWEEP_MS = 600_000;

/** 1 to 255 printable ASCII characters. */
const KEY = /^[\x20-\x7e]{1,255}$/;

export function createIdempotency(deps: IdempotencyDeps, options: HttpOptions): Idempotency {
  const { clock, log } = deps;
  const store = createIdempotencyStore(deps, options);
  let sweeper: NodeJS.Timeout | undefined;

  async function run(
    request: FastifyRequest,
    reply: FastifyReply,
    handler: () => Answer | Promise<Answer>,
  ): Promise<Answer> {
    const attempt = await begin(request);
    if ("status" in attempt) return attempt;
    let answer: Answer;
    try {
      answer = await handler();
    } catch (error) {
      await release(attempt);
      throw error;
    }
    return keep(attempt, reply, answer);
  }

  /** A lock of our own, or the kept answer. */
  async function begin(request: FastifyRequest): Promise<Attempt | Answer> {
    const [id, hash] = [idOf(request), hashOf(request)];
    const giveUpMs = clock.monotonic() + options.idempotencyWaitMs;
    for (;;) {
      const attempt = await store.lock(id, hash);
      if (attempt !== undefined) return attempt;
      const found = await store.find(id);
      if (found !== undefined && !found.hash.equals(hash)) {
        throw httpErrors.idempotency_key_reused({ hint: "Use a new key for a new request." });
      }
      if (found?.answer !== undefined) return replayed(found.answer);
      if (clock.monotonic() >= giveUpMs) {
        throw httpErrors.idempotency_in_progress({ retryAfterSeconds: 1 });
      }
      await clock.sleep(POLL_MS);
    }
  }

  async function keep(attempt: Attempt, reply: FastifyReply, answer: Answer): Promise<Answer> {
    if (answer.status >= 400) {
      await release(attempt);
      return answer;
    }
    const body = textOf(reply, answer);
    if (body instanceof Uint8Array || (body?.length ?? 0) > options.idempotencyAnswerBytesMax) {
      log.warn({ status: answer.status }, "an answer is too large or not text: its key is freed");
      await release(attempt);
      return answer;
    }
    const { status, headers = {} } = answer;
    // What was done is done: the caller learns of it even if it cannot be kept.
    await store.keep(attempt, { status, headers, body }).catch((error: unknown) => {
      log.error({ error }, "an idempotent answer could not be kept");
    });
    return { status, headers, body, serialised: true };
  }

  /** When this fails too, the lock runs out by itself. */
  async function release(attempt: Attempt): Promise<void> {
    await store.release(attempt).catch((error: unknown) => {
      log.warn({ error }, "an idempotency lock stays until it runs out");
    });
  }

  return {
    once: (request, reply, handler) =>
      request.principal === undefined ? handler() : run(request, reply, handler),
    start: () => {
      sweeper ??= setInterval(() => {
        store.sweep().catch((error: unknown) => log.warn({ error }, "old answers stay for now"));
      }, SWEEP_MS).unref();
    },
    stop: () => clearInterval(sweeper),
  };
}

function idOf(request: FastifyRequest): { accountId: string; key: string } {
  const key = request.headers["idempotency-key"];
  if (typeof key !== "string" || !KEY.test(key)) {
    throw httpErrors.idempotency_key_invalid({
      detail: "An Idempotency-Key is 1 to 255 printable ASCII characters.",
    });
  }
  return { accountId: request.principal?.accountId ?? "", key };
}

/** The route with its path and query, and the body as it was understood. */
function hashOf(request: FastifyRequest): Buffer {
  const body = JSON.stringify(request.body) ?? "";
  return createHash("sha256").update(`${request.method} ${request.raw.url}\n${body}`).digest();
}

function textOf(reply: FastifyReply, { status, body }: Answer): string | Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (body instanceof Uint8Array) return body;
  if (typeof body === "string") return body;
  const text = reply.code(status).serialize(body);
  return typeof text === "string" ? text : new TextDecoder().decode(text);
}

function replayed(answer: Answer): Answer {
  return {
    ...answer,
    headers: { ...answer.headers, "idempotency-replayed": "true" },
    serialised: true,
  };
}
