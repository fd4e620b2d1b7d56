/** What the link pages ask the server, and under which keys the answers are kept. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Link } from "@tenfold/url-shortener/contract";
import { call } from "../app/api.ts";
import { queryClient } from "../app/query-client.ts";

export interface LinkFilter {
  search?: string;
  tag?: string;
}

const PAGE_SIZE = 25;

/** Your links, page after page. */
export function linksQuery(filter: LinkFilter) {
  return infiniteQueryOptions({
    queryKey: ["links", filter],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const cursor = pageParam === undefined ? {} : { cursor: pageParam };
      const query = { limit: PAGE_SIZE, ...filter, ...cursor };
      return (await call("GET /v1/links", { query, signal })).body;
    },
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

/** One link. */
export function linkQuery(id: string) {
  return queryOptions({
    queryKey: ["link", id],
    queryFn: async ({ signal }) =>
      (await call("GET /v1/links/{id}", { params: { id }, signal })).body,
  });
}

/** The short domains one can choose from. */
export const domainsQuery = queryOptions({
  queryKey: ["link-domains"],
  staleTime: Infinity,
  queryFn: async ({ signal }) => (await call("GET /v1/link-domains", { signal })).body.items,
});

/** Call after any change of links, with the changed link when there is one. */
export function linksChanged(link?: Link): void {
  if (link !== undefined) queryClient.setQueryData(linkQuery(link.id).queryKey, link);
  void queryClient.invalidateQueries({ queryKey: ["links"] });
}

/** Where a link's QR code is; the browser fetches it with the session cookie. */
export function qrAddress(id: string, format: "svg" | "png", size?: number): string {
  return `/v1/links/${id}/qr?format=${format}${size === undefined ? "" : `&size=${size}`}`;
}
