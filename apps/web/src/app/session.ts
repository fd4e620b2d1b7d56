/** Who is signed in, as far as the browser knows. */
import type { Account } from "@tenfold/accounts/contract";
import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { call } from "./api.ts";
import { problemOf } from "./problems.ts";
import { queryClient } from "./query-client.ts";

/** The account, or null when nobody is signed in. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  staleTime: 60_000,
  queryFn: async ({ signal }): Promise<Account | null> => {
    try {
      return (await call("GET /v1/me", { signal })).body;
    } catch (error) {
      if (problemOf(error)?.status === 401) return null;
      throw error;
    }
  },
});

/** The signed-in account. Pages below the shell always have one. */
export function useMe(): Account | undefined {
  return useQuery(meQuery).data ?? undefined;
}

/** Takes over a fresh sign-in: whatever was cached belongs to someone else. */
export function signedIn(account: Account): void {
  queryClient.clear();
  queryClient.setQueryData(meQuery.queryKey, account);
}

/** Signs this browser out. A full load of the sign-in page leaves nothing behind in memory. */
export function useSignOut() {
  return useMutation({
    mutationFn: () => call("DELETE /v1/sessions/{id}", { params: { id: "current" } }),
    onSuccess: () => {
      window.location.assign("/app/sign-in");
    },
  });
}
