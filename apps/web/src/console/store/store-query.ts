/** The ring as one node sees it, read again and again while the page is seen. */
import { queryOptions } from "@tanstack/react-query";
import { call } from "../../app/api.ts";
import { queryClient } from "../../app/query-client.ts";

const INTERVAL_MS = 1_000;

export const storeQuery = queryOptions({
  queryKey: ["store"],
  queryFn: async ({ signal }) => (await call("GET /v1/key-value", { signal })).body,
  refetchInterval: INTERVAL_MS,
  retry: false,
  staleTime: 0,
});

/** After a change: what is shown is what holds. */
export async function storeChanged(): Promise<void> {
  await queryClient.invalidateQueries(storeQuery);
}
