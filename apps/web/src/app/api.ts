/** The one way from the pages to the API: same origin, session cookie, typed by the route tables. */
import { createClient } from "@tenfold/client";
import type { AccountRoutes } from "@tenfold/accounts/contract";
import type { LinkRoutes } from "@tenfold/url-shortener/contract";
import type { ConsoleRoutes } from "tenfold/contract";

/** Calls a route by its key; throws `ApiProblem`. */
export const call = createClient<AccountRoutes & LinkRoutes & ConsoleRoutes>({ baseUrl: "" });
