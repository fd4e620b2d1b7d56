/** Which codes a route can answer: its own, and those of the platform that its spec brings along. */
import type { ErrorTable } from "@tenfold/core";
import { httpErrors } from "./errors.ts";
import { splitKey } from "./paths.ts";
import type { RouteSpec } from "./routes.ts";

export interface ErrorCode {
  code: string;
  /** As text, as OpenAPI keys it; `default` when the system has not handed in its table. */
  status: string;
  title: string;
}

/** In the order of their status. */
export function codesOf(
  key: string,
  spec: RouteSpec,
  table: ErrorTable | undefined,
): readonly ErrorCode[] {
  const names = new Set([...platformCodes(key, spec), ...(spec.errors ?? [])]);
  return [...names]
    .map((code) => describe(code, table))
    .sort((a, b) => a.status.localeCompare(b.status));
}

function describe(code: string, table: ErrorTable | undefined): ErrorCode {
  const platform: ErrorTable = httpErrors.table;
  const kind = table?.[code] ?? platform[code];
  return {
    code,
    status: kind === undefined ? "default" : String(kind.status),
    title: kind?.title ?? "",
  };
}

function platformCodes(key: string, spec: RouteSpec): string[] {
  const { method } = splitKey(key);
  const takesBody = spec.body !== undefined || spec.consumes !== undefined;
  const codes = ["validation_failed", "internal", "server_stopping"];
  if (spec.limits !== "none") codes.push("rate_limited");
  if (takesBody) codes.push("body_malformed", "body_too_large", "content_type_unsupported");
  if (spec.auth !== "none") {
    codes.push("credentials_invalid");
    if (spec.auth !== "optional") codes.push("sign_in_required");
    if (method !== "GET" && method !== "HEAD") codes.push("origin_forbidden");
  }
  if (spec.auth === "session" || spec.auth === "admin") codes.push("session_required");
  if (spec.auth === "admin") codes.push("admin_required");
  if (typeof spec.auth === "object") codes.push("scope_missing");
  if (spec.idempotent === true) {
    codes.push("idempotency_key_invalid", "idempotency_key_reused", "idempotency_in_progress");
  }
  return codes;
}
