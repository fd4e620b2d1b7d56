/** Everything a route checks about its input before its handler runs, compiled once per route. */
import type { FieldError } from "@tenfold/core";
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import type { IncomingCall } from "./call.ts";
import { httpErrors } from "./errors.ts";
import type { RouteSpec } from "./routes.ts";
import { findUnsafeText } from "./safe-text.ts";
import { compileCheck, type Check } from "./validation.ts";

const NOTHING = Type.Object({});

/** Fills `call.params`, `.query` and `.body`; throws `validation_failed` naming every wrong field. */
export type ReadInput = (request: FastifyRequest, call: IncomingCall) => void;

/** Compiles `spec`'s schemas into one function. */
export function compileInput(spec: RouteSpec): ReadInput {
  const checkParams = spec.params === undefined ? undefined : compileCheck(spec.params, "params");
  const checkQuery = compileCheck(spec.query ?? NOTHING, "query");
  const checkBody = compileBody(spec);

  return (request, call) => {
    const { params, query } = request;
    const bad: FieldError[] = [];
    // Only an escape can bring a NUL into a URL; its other text is well-formed once decoded.
    if (request.raw.url?.includes("%00")) addUnsafe(bad, { "/params": params, "/query": query });
    if (bad.length === 0) {
      if (checkParams !== undefined) bad.push(...checkParams(params));
      bad.push(...checkQuery(query), ...checkBody(request.body));
    }
    if (bad.length > 0) throw validationFailed(bad);
    call.params = params;
    call.query = query;
    call.body = request.body;
  };
}

/** The error for wrong fields; handlers use it too for rules that a schema cannot say. */
export function validationFailed(fields: readonly FieldError[]) {
  const named = fields.slice(0, 3).map(({ field, detail }) => `${field || "the body"} ${detail}`);
  const more = fields.length > 3 ? `, and ${fields.length - 3} more` : "";
  return httpErrors.validation_failed({ detail: `${named.join(", ")}${more}.`, fields });
}

function addUnsafe(bad: FieldError[], parts: Record<string, unknown>): void {
  for (const [prefix, part] of Object.entries(parts)) {
    const found = findUnsafeText(part, prefix);
    if (found !== undefined) bad.push(found);
  }
}

function compileBody(spec: RouteSpec): Check {
  // A text body is the handler's to read, but it may hold no NUL either.
  if (spec.consumes !== undefined) {
    return (body) => {
      const found = findUnsafeText(body, "");
      return found === undefined ? [] : [found];
    };
  }
  if (spec.body === undefined) {
    const checkEmpty = compileCheck(NOTHING, "body");
    return (body) => (body === undefined || body === null ? [] : checkEmpty(body));
  }
  const check = compileCheck(spec.body, "body");
  return (body) => {
    if (body === undefined) return [{ field: "", detail: "is required" }];
    const found = findUnsafeText(body, "");
    return found === undefined ? check(body) : [found];
  };
}
