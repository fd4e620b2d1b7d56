/** How answers are kept and asked for again, and what happens when a session ends. */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { mayPass, problemOf } from "./problems.ts";

const RETRIES_MAX = 2;

/** Not `credentials_wrong`: that is a slip of the keyboard, not the end of a session. */
const signedOutCodes = new Set(["sign_in_required", "credentials_invalid"]);

/** A session that ended meanwhile: a full load of the sign-in page leaves nothing of it in memory. */
function leaveWhenSignedOut(error: unknown): void {
  const code = problemOf(error)?.code;
  if (code === undefined || !signedOutCodes.has(code)) return;
  const { pathname, search } = window.location;
  const from = `${pathname}${search}`.replace(/^\/app/, "");
  window.location.assign(`/app/sign-in?${new URLSearchParams({ from })}`);
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: leaveWhenSignedOut }),
  mutationCache: new MutationCache({ onError: leaveWhenSignedOut }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A refusal is final; only what may pass is worth another try.
      retry: (failures, error) => failures < RETRIES_MAX && mayPass(error),
    },
    mutations: { retry: false },
  },
});
