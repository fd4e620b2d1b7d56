/**
 * OpenAPI 3.1 straight from the route tables, which say everything it wants to
 * know: schemas, security, error codes. A pure function, so a table and its
 * documentation cannot differ.
 */
import type { ErrorTable } from "@tenfold/core";
import type { TSchema } from "typebox";
import { closedSchema } from "./closed-schema.ts";
import type { BoundRoutes } from "./http.ts";
import { codesOf, type ErrorCode } from "./openapi-errors.ts";
import { splitKey } from "./paths.ts";
import { Problem, type RouteSpec } from "./routes.ts";
import { SESSION_COOKIE } from "./sign-in.ts";

/** A JSON Schema as it is printed. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface OpenApiParameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  description?: string;
  schema: JsonSchema;
}

export interface OpenApiResponse {
  description: string;
  content?: Readonly<Record<string, { schema: JsonSchema }>>;
}

export interface OpenApiOperation {
  operationId: string;
  summary: string;
  description?: string;
  tags: readonly string[];
  security: readonly Readonly<Record<string, readonly string[]>>[];
  parameters: readonly OpenApiParameter[];
  requestBody?: { required: true; content: Readonly<Record<string, { schema: JsonSchema }>> };
  responses: Readonly<Record<string, OpenApiResponse>>;
  /** Every code that the operation can answer. */
  "x-error-codes": readonly ErrorCode[];
}

export interface OpenApiDocument {
  openapi: "3.1.0";
  info: { title: string; version: string; description: string };
  servers: readonly { url: string }[];
  tags: readonly { name: string }[];
  paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  components: Readonly<Record<string, unknown>>;
}

/** Describes every route that is not hidden. */
export function openApiOf(registered: readonly BoundRoutes[], publicUrl: string): OpenApiDocument {
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  const tags = new Set<string>();
  for (const bound of registered) {
    for (const [key, spec] of Object.entries<RouteSpec>(bound.table)) {
      if (spec.hidden === true) continue;
      const { method, path } = splitKey(key);
      const tag = spec.tag ?? bound.system;
      tags.add(tag);
      (paths[path] ??= {})[method.toLowerCase()] = operationOf(key, spec, tag, bound.errors);
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Tenfold",
      version: "1",
      description:
        "JSON over HTTP. Errors are RFC 9457 problems; lists are `{ items, nextCursor }`; 64-bit IDs are text; times are RFC 3339 in UTC.",
    },
    servers: [{ url: publicUrl }],
    tags: [...tags].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "A session token or an API key." },
        session: { type: "apiKey", in: "cookie", name: SESSION_COOKIE },
      },
    },
  };
}

function operationOf(
  key: string,
  spec: RouteSpec,
  tag: string,
  errors: ErrorTable | undefined,
): OpenApiOperation {
  const codes = codesOf(key, spec, errors);
  const body = bodyOf(spec);
  return {
    operationId: key
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/-$/, ""),
    summary: spec.summary,
    ...(spec.description === undefined ? {} : { description: spec.description }),
    tags: [tag],
    security: securityOf(spec),
    parameters: parametersOf(spec),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: { ...successesOf(spec), ...failuresOf(spec, codes) },
    "x-error-codes": codes,
  };
}

function securityOf({ auth }: RouteSpec): OpenApiOperation["security"] {
  if (auth === "none") return [];
  const either = [{ bearer: typeof auth === "object" ? [auth.scope] : [] }, { session: [] }];
  return auth === "optional" ? [{}, ...either] : either;
}

function parametersOf(spec: RouteSpec): OpenApiParameter[] {
  const parameters = [...fieldsOf(spec.params, "path"), ...fieldsOf(spec.query, "query")];
  if (spec.idempotent === true) {
    parameters.push({
      name: "Idempotency-Key",
      in: "header",
      required: false,
      description: "The same key and request give the first answer again, for a day.",
      schema: { type: "string", minLength: 1, maxLength: 255 },
    });
  }
  if (spec.errors?.includes("precondition_failed") === true) {
    parameters.push({
      name: "If-Match",
      in: "header",
      required: false,
      description: "The version you read, as an ETag; refuses to overwrite a newer one.",
      schema: { type: "string" },
    });
  }
  return parameters;
}

function fieldsOf(schema: TSchema | undefined, place: "path" | "query"): OpenApiParameter[] {
  if (schema === undefined) return [];
  const { properties, required } = jsonOf(closedSchema(schema));
  const names = Array.isArray(required) ? required : [];
  return Object.entries(jsonOf(properties)).map(([name, field]) => {
    const { description, ...rest } = jsonOf(field);
    return {
      name,
      in: place,
      required: place === "path" || names.includes(name),
      ...(typeof description === "string" ? { description } : {}),
      schema: rest,
    };
  });
}

function jsonOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function bodyOf(spec: RouteSpec): OpenApiOperation["requestBody"] {
  if (spec.consumes !== undefined) {
    const text = { schema: { type: "string" } };
    return {
      required: true,
      content: Object.fromEntries(spec.consumes.map((type) => [type, text])),
    };
  }
  if (spec.body === undefined) return undefined;
  return { required: true, content: { "application/json": { schema: closedSchema(spec.body) } } };
}

function successesOf(spec: RouteSpec): Record<string, OpenApiResponse> {
  return Object.fromEntries(
    Object.entries(spec.responses).map(([status, response]) => {
      const description = DESCRIPTIONS[status] ?? `Status ${status}`;
      if (status === "204" || status.startsWith("3")) return [status, { description }];
      return [status, { description, content: contentOf(response) }];
    }),
  );
}

function contentOf(response: TSchema | string): Record<string, { schema: JsonSchema }> {
  return typeof response === "string"
    ? { [response.split(";")[0] ?? response]: { schema: { type: "string" } } }
    : { "application/json": { schema: jsonOf(response) } };
}

/** Codes by status; a page that a route answers with the same status stands beside its problem. */
function failuresOf(spec: RouteSpec, codes: readonly ErrorCode[]): Record<string, OpenApiResponse> {
  const failures: Record<string, OpenApiResponse> = {};
  for (const [status, group] of Map.groupBy(codes, (code) => code.status)) {
    const own = spec.responses[Number(status)];
    failures[status] = {
      description: group.map(({ code }) => `\`${code}\``).join(", "),
      content: {
        ...(own === undefined ? {} : contentOf(own)),
        "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
      },
    };
  }
  return failures;
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  200: "Done",
  201: "Made",
  202: "Taken, to be done",
  204: "Done; nothing to say",
  301: "Moved for good",
  302: "Found elsewhere",
  303: "See elsewhere",
  307: "Found elsewhere, same method",
  308: "Moved for good, same method",
};
