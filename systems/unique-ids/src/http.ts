/** The routes of unique IDs: parse, call, serialise. */
import { bind, type BoundRoutes } from "@tenfold/http";
import { idRoutes } from "./contract.ts";
import { idErrors } from "./errors.ts";
import type { IdService } from "./service.ts";

/** Each answer of `GET /v1/ids` is new: whoever kept it would give an ID out twice. */
const neverKept = { "cache-control": "no-store" };

export function bindIds(service: IdService): BoundRoutes {
  return bind(
    "unique-ids",
    idRoutes,
    {
      "GET /v1/ids": async ({ query, signal }) => ({
        status: 200,
        headers: neverKept,
        body: { ids: await service.make(query.count ?? 1, signal) },
      }),
      "GET /v1/ids/{id}": ({ params }) => {
        const { timeMs, ...parts } = service.read(params.id);
        const madeAt = new Date(timeMs).toISOString();
        return { status: 200, body: { id: params.id, madeAt, ...parts } };
      },
    },
    idErrors.table,
  );
}
