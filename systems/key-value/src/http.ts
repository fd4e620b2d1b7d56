/** The routes of the key-value store: parse, call, serialise. */
import { bind, type BoundRoutes } from "@tenfold/http";
import { keyValueRoutes } from "./contract.ts";
import { keyValueSystemErrors } from "./errors.ts";
import type { KeyValueService } from "./service.ts";

/** Binds the contract. */
export function bindKeyValue(service: KeyValueService): BoundRoutes {
  return bind(
    "key-value",
    keyValueRoutes,
    {
      "GET /v1/key-value": async () => ({ status: 200, body: await service.status() }),
      "POST /v1/key-value/nodes": async () => ({
        status: 201,
        body: { name: await service.add() },
      }),
      "POST /v1/key-value/nodes/{name}/drain": async ({ params }) => {
        await service.drain(params.name);
        return { status: 202 };
      },
      "DELETE /v1/key-value/nodes/{name}": async ({ params }) => {
        await service.remove(params.name);
        return { status: 204 };
      },
      "POST /v1/key-value/repair": async () => {
        await service.repair();
        return { status: 202 };
      },
    },
    keyValueSystemErrors.table,
  );
}
