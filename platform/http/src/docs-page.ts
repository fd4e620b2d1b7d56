/** Placeholder. */
import type { OpenApiDocument } from "./openapi.ts";
export const docsCss = "";
export function docsPage(document: OpenApiDocument): string {
  return `<!doctype html><title>API</title><pre>${JSON.stringify(document).replaceAll("<", "&lt;")}</pre>`;
}
