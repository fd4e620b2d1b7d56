/** The one way from the pages to the API: same origin, session cookie, typed by the route tables. */
import { createClient } from "@tenfold/client";
import type { AccountRoutes } from "@tenfold/accounts/contract";
import type { KeyValueRoutes } from "@tenfold/key-value/contract";
import type { LimitRoutes } from "@tenfold/rate-limits/contract";
import type { LinkRoutes } from "@tenfold/url-shortener/contract";
import type { ConsoleRoutes } from "tenfold/contract";

/** Calls a route by its key; throws `ApiProblem`. */
export const call = createClient<
  AccountRoutes & KeyValueRoutes & LimitRoutes & LinkRoutes & ConsoleRoutes
>({
  baseUrl: "",
});

/**
 * A key under which a create may be sent again. `crypto.randomUUID` is missing
 * where the page came over plain HTTP from another machine.
 */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
