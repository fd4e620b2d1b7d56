/**
 * A `fetch` that obeys rate limits, for browsers and for servers.
 *
 *   hold known? ─▶ wait it out ─▶ send ─┬─▶ fine ─▶ the response
 *        ▲                              └─▶ 429, 503, broken ─▶ may it be sent again?
 *        └── wait as told, or back off with jitter ◀── yes ──┘        no ─▶ the response
 *
 * What may be sent again
 * - 429, whatever the method: the server refused before doing anything.
 * - 503 with `Retry-After`, whatever the method: the server says it is not there
 *   yet. (A server that answers so after half the work breaks RFC 9110.)
 * - 408, 502, 503 and 504 without it, and a broken connection: only what is
 *   idempotent, by its method (RFC 9110 section 9.2.2) or by an `Idempotency-Key`.
 * - Never a body that can be read only once (a stream).
 *
 * It gives up when the attempts or the time are used up, or when the wait that
 * was asked for would not fit: the last response is then the caller's, at once.
 * A quota that an earlier response called used up (`RateLimit: …;r=0;t=30`) is
 * waited for before sending; where that does not fit the budget either,
 * nothing is sent and the answer is a 429 made here, with `Retry-After`.
 */
import type { Clock, Random } from "@tenfold/core";
import { createHolds } from "./holds.ts";
import { exhaustedMs, toldWaitMs } from "./told.ts";

export interface PoliteDeps {
  clock: Pick<Clock, "now" | "monotonic" | "sleep">;
  random: Pick<Random, "float">;
  /** Replaces the global `fetch`. */
  fetch?: typeof fetch;
}

export interface PoliteOptions {
  /** How often one request is sent at most, the first time included. */
  attemptsMax: number;
  /** From the call to the last attempt's start. */
  budgetMs: number;
  /** First pause where the server names none; doubles, of which a random part is taken. */
  backoffMs: number;
  /** No pause of ours is longer. */
  backoffMsMax: number;
  /** At most this share of a wait that the server asked for is added at random. */
  jitterRatio: number;
  /** A used-up quota is remembered no longer than this, whatever the server says. */
  holdMsMax: number;
  /** Used-up quotas remembered at once. */
  holdsMax: number;
  /** What shares a quota. By default: the same method at the same address, without its query. */
  partitionOf(method: string, url: URL): string;
}

export const politeDefaults: Readonly<PoliteOptions> = Object.freeze({
  attemptsMax: 4,
  budgetMs: 30_000,
  backoffMs: 250,
  backoffMsMax: 10_000,
  jitterRatio: 0.1,
  holdMsMax: 600_000,
  holdsMax: 1_000,
  partitionOf: (method: string, url: URL) => `${method} ${url.origin}${url.pathname}`,
});

/** The signature of `fetch`. */
export type Fetch = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

/**
 * A `fetch` with patience. Rejects as `fetch` does: with the signal's reason
 * when aborted, also while waiting, and with the last attempt's error.
 */
export function createPoliteFetch(deps: PoliteDeps, given: Partial<PoliteOptions> = {}): Fetch {
  const options: PoliteOptions = { ...politeDefaults, ...given };
  const holds = createHolds(options.holdsMax);
  const { clock, random } = deps;
  const jittered = (ms: number): number => ms * (1 + options.jitterRatio * random.float());

  const learn = (partition: string, headers: Headers, refused: boolean): void => {
    const waitMs = refused ? toldWaitMs(headers, clock.now()) : exhaustedMs(headers);
    if (waitMs === undefined || waitMs === 0) return;
    holds.extend(partition, clock.monotonic() + Math.min(waitMs, options.holdMsMax));
  };

  return async (input, init) => {
    const call = describe(input, init);
    const partition = options.partitionOf(call.method, call.url);
    const deadlineMs = clock.monotonic() + options.budgetMs;
    const fits = (ms: number): boolean => clock.monotonic() + ms <= deadlineMs;

    for (let attempt = 1; ; attempt += 1) {
      for (let heldMs = heldFor(); heldMs > 0; heldMs = heldFor()) {
        if (!fits(heldMs)) return heldBack(heldMs);
        await clock.sleep(jittered(heldMs), call.signal);
      }
      const last = attempt >= options.attemptsMax || !call.repeatable;
      const outcome = await send(deps.fetch ?? fetch, call, last);
      if (outcome instanceof Response) {
        learn(partition, outcome.headers, isRefusal(outcome.status));
      }
      const waitMs = last ? undefined : pauseMs(outcome, call, attempt);
      if (waitMs === undefined || !fits(waitMs)) {
        if (outcome instanceof Response) return outcome;
        throw outcome.error;
      }
      // Its connection is free again; what it would have said is not wanted.
      if (outcome instanceof Response) await outcome.body?.cancel();
      await clock.sleep(waitMs, call.signal);
    }

    function heldFor(): number {
      return Math.ceil(holds.until(partition) - clock.monotonic());
    }
  };

  /** How long to pause before the same request again; `undefined` when it must not be repeated. */
  function pauseMs(outcome: Response | Failure, call: Call, attempt: number): number | undefined {
    const told = outcome instanceof Response ? toldWaitMs(outcome.headers, clock.now()) : undefined;
    if (!mayRepeat(outcome, call)) return undefined;
    if (told !== undefined) return jittered(told);
    const ceilingMs = Math.min(options.backoffMsMax, options.backoffMs * 2 ** (attempt - 1));
    return ceilingMs * random.float();
  }
}

interface Call {
  input: RequestInfo | URL;
  init: RequestInit | undefined;
  method: string;
  url: URL;
  signal: AbortSignal | undefined;
  idempotent: boolean;
  /** Whether its body can be sent a second time. */
  repeatable: boolean;
}

interface Failure {
  error: unknown;
}

const idempotentMethods = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);
const brokenStatuses = new Set([408, 502, 503, 504]);

const isRefusal = (status: number): boolean => status === 429 || status === 503;

function describe(input: RequestInfo | URL, init: RequestInit | undefined): Call {
  const request = input instanceof Request ? input : undefined;
  const method = (init?.method ?? request?.method ?? "GET").toUpperCase();
  const headers = new Headers(init?.headers ?? request?.headers);
  const text = typeof input === "string" ? input : input instanceof URL ? input.href : input.url;
  // A page's own addresses may be relative.
  const base = "location" in globalThis ? globalThis.location.href : undefined;
  return {
    input,
    init,
    method,
    url: new URL(text, base),
    signal: init?.signal ?? request?.signal ?? undefined,
    idempotent: idempotentMethods.has(method) || headers.has("idempotency-key"),
    repeatable: !(init?.body instanceof ReadableStream),
  };
}

async function send(fetchNow: Fetch, call: Call, last: boolean): Promise<Response | Failure> {
  call.signal?.throwIfAborted();
  const { input, init } = call;
  try {
    // A request's body is read by sending it: each attempt but the last gets a copy.
    return await fetchNow(input instanceof Request && !last ? input.clone() : input, init);
  } catch (error) {
    call.signal?.throwIfAborted();
    return { error };
  }
}

function mayRepeat(outcome: Response | Failure, call: Call): boolean {
  if (!(outcome instanceof Response)) return call.idempotent && outcome.error instanceof TypeError;
  const { status, headers } = outcome;
  if (status === 429 || (status === 503 && headers.has("retry-after"))) return true;
  return call.idempotent && brokenStatuses.has(status);
}

/** The answer for what was not sent. Its `url` is empty, as no server's is. */
function heldBack(waitMs: number): Response {
  const seconds = Math.ceil(waitMs / 1000);
  const problem = {
    type: "about:blank",
    title: "Not sent: the quota is used up",
    status: 429,
    detail: `The server's quota is used up for another ${seconds} s, longer than this call may wait.`,
    code: "held_back",
  };
  return new Response(JSON.stringify(problem), {
    status: 429,
    headers: { "content-type": "application/problem+json", "retry-after": String(seconds) },
  });
}
