/** Click statistics as the pages ask for them. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { LinkRoutes } from "@tenfold/url-shortener/contract";
import type { CallOf } from "@tenfold/client";
import { call } from "../app/api.ts";
import { rangeQuery, type RangeChoice } from "./click-range.ts";

type ClickQuery = NonNullable<CallOf<LinkRoutes["GET /v1/links/{id}/clicks"]>["query"]>;
export type ClickGroup = NonNullable<ClickQuery["by"]>;

const REFRESH_MS = 15_000;

export interface ClicksAsked {
  id: string;
  by: ClickGroup;
  range: RangeChoice;
  limit?: number;
}

/** One series; asked for again now and then, so that an open page stays true. */
export function useClicks({ id, by, range, limit }: ClicksAsked) {
  return useQuery({
    queryKey: ["clicks", id, by, range, limit],
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const query = { by, ...rangeQuery(range, Date.now()), ...(limit !== undefined && { limit }) };
      return (await call("GET /v1/links/{id}/clicks", { params: { id }, query, signal })).body;
    },
  });
}
