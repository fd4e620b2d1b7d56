/** Good and bad calls of the unique IDs' routes. */
import type { IdRoutes } from "@tenfold/unique-ids/contract";
import type { Entry } from "./entry.ts";

export const idCalls: Readonly<Record<keyof IdRoutes, Entry>> = {
  "GET /v1/ids": { good: () => ({ query: { count: "3" } }) },
  "GET /v1/ids/{id}": {
    good: ({ member }) => ({ params: { id: member.accountId } }),
    bad: () => [
      {
        name: "an ID of the far future",
        params: { id: "8999999999999999999" },
        status: 404,
        code: "id_not_made_yet",
      },
    ],
  },
};
