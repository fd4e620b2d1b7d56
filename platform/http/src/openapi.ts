/** Placeholder. */
import type { FastifyInstance } from "fastify";
import type { AppParts } from "./app.ts";
export type OpenApiDocument = Readonly<Record<string, unknown>>;
export async function installOpenApi(
  app: FastifyInstance,
  parts: AppParts,
): Promise<() => OpenApiDocument> {
  return () => ({ openapi: "3.1.0", x: [app.version, parts.registered.length] });
}
