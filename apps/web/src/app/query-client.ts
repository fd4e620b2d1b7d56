/** How answers are kept and asked for again. */
import { QueryClient } from "@tanstack/react-query";
import { problemOf } from "./problems.ts";

const RETRIES_MAX = 2;

/** A refusal is final; only failures of the way (status 0) or of the server are worth another try. */
function worthRetrying(failures: number, error: unknown): boolean {
  const status = problemOf(error)?.status ?? 0;
  return failures < RETRIES_MAX && (status === 0 || status >= 500);
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 10_000, retry: worthRetrying },
    mutations: { retry: false },
  },
});
