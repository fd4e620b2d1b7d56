/** What the settings ask the server. Lists are short, so one page of the largest size will do. */
import { queryOptions } from "@tanstack/react-query";
import { call } from "../app/api.ts";

const query = { limit: 100 };

export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: async ({ signal }) => (await call("GET /v1/sessions", { query, signal })).body.items,
});

export const keysQuery = queryOptions({
  queryKey: ["api-keys"],
  queryFn: async ({ signal }) => (await call("GET /v1/api-keys", { query, signal })).body.items,
});

export const invitationsQuery = queryOptions({
  queryKey: ["invitations"],
  queryFn: async ({ signal }) => (await call("GET /v1/invitations", { query, signal })).body.items,
});
