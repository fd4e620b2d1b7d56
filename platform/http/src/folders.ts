/** Placeholder. */
import type { FastifyInstance } from "fastify";
import type { AppParts } from "./app.ts";
export async function serveFolders(_app: FastifyInstance, _parts: AppParts): Promise<void> {}
