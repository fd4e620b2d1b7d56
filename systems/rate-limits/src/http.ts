/** The routes of the rate limits: parse, call, serialise. */
import { bind, type BoundRoutes } from "@tenfold/http";
import { limitRoutes } from "./contract.ts";
import { limitErrors } from "./errors.ts";
import type { LimitsService } from "./service.ts";

/** Binds the contract. */
export function bindLimits(service: LimitsService): BoundRoutes {
  return bind(
    "rate-limits",
    limitRoutes,
    {
      "GET /v1/limits": () => ({ status: 200, body: service.list() }),
      "PUT /v1/limits/{name}/edit": async ({ params, body, principal }) => ({
        status: 200,
        body: await service.edit({ rule: params.name, edit: body, editedBy: principal.accountId }),
      }),
      "DELETE /v1/limits/{name}/edit": async ({ params }) => {
        await service.undoEdit(params.name);
        return { status: 204 };
      },
      "POST /v1/limits/{name}/reset": async ({ params, body }) => {
        await service.reset(params.name, body.key);
        return { status: 204 };
      },
    },
    limitErrors.table,
  );
}
