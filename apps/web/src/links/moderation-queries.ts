/** What administrators ask of reports and bans, and the changes they make. */
import { infiniteQueryOptions } from "@tanstack/react-query";
import type { Report } from "@tenfold/url-shortener/contract";
import { call } from "../app/api.ts";
import { queryClient } from "../app/query-client.ts";
import { linksChanged } from "./queries.ts";

/** Reports in a state, page after page. */
export function reportsQuery(state: Report["state"]) {
  return infiniteQueryOptions({
    queryKey: ["reports", state],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const query = { state, ...(pageParam !== undefined && { cursor: pageParam }) };
      return (await call("GET /v1/reports", { query, signal })).body;
    },
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
}

/** Banned hosts, page after page. */
export const bannedHostsQuery = infiniteQueryOptions({
  queryKey: ["banned-hosts"],
  initialPageParam: undefined as string | undefined,
  queryFn: async ({ pageParam, signal }) => {
    const query = { limit: 50, ...(pageParam !== undefined && { cursor: pageParam }) };
    return (await call("GET /v1/banned-hosts", { query, signal })).body;
  },
  getNextPageParam: (page) => page.nextCursor ?? undefined,
});

/** Anything of these may have changed after an act of moderation. */
export async function moderationChanged(): Promise<void> {
  linksChanged();
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: ["reports"] }),
    queryClient.invalidateQueries({ queryKey: ["banned-hosts"] }),
    queryClient.invalidateQueries({ queryKey: ["link"] }),
  ]);
}

/** What an administrator can do about a report. */
export const actions = {
  banLink: async (report: Report) => {
    await call("PUT /v1/links/{id}/ban", {
      params: { id: report.linkId },
      body: { reason: report.reason },
    });
    await closeReport(report, "banned");
  },
  banHost: async (report: Report, host: string) => {
    await call("PUT /v1/banned-hosts/{host}", {
      params: { host },
      body: { reason: report.reason },
    });
    await closeReport(report, "banned");
  },
  unbanLink: async (report: Report) => {
    await call("DELETE /v1/links/{id}/ban", { params: { id: report.linkId } });
  },
  dismiss: (report: Report) => closeReport(report, "dismissed"),
};

async function closeReport({ id }: Report, state: "banned" | "dismissed"): Promise<void> {
  await call("PATCH /v1/reports/{id}", { params: { id }, body: { state } });
}
