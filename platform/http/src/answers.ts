/**
 * Sending: an answer of a handler, or a problem. Both carry the security
 * headers and the request ID, are counted, and may leave a line in the log.
 *
 * JSON goes through a serialiser compiled from the route's schema, so a field
 * that the contract does not name never leaves the house, whatever object the
 * handler returned. Text and bytes are sent as they are.
 */
import type { TenfoldError } from "@tenfold/core";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { DispatchContext, Dispatched } from "./context.ts";
import { problemHeaders, problemOf, toTenfoldError } from "./problems.ts";
import { PAGE_CSP } from "./security-headers.ts";

const JSON_TYPE = "application/json; charset=utf-8";

/** An answer as handlers give it, with any types. */
export interface Answer {
  status: number;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** The body is JSON text already. */
  serialised?: boolean;
}

/** Sends an answer of one route. */
export type SendAnswer = (request: FastifyRequest, reply: FastifyReply, answer: Answer) => void;

/** Works out each status's headers beforehand. */
export function createAnswerer(route: Dispatched, context: DispatchContext): SendAnswer {
  const { spec, meter, key } = route;
  const noStore = key.includes(" /v1/") ? { "cache-control": "no-store" } : {};
  const bare: Readonly<Record<string, string>> = { ...context.securityHeaders.bare, ...noStore };
  const full: Readonly<Record<string, string>> = {
    ...context.securityHeaders.document,
    ...noStore,
  };
  const byStatus = new Map<number, Readonly<Record<string, string>>>();
  for (const [status, response] of Object.entries(spec.responses)) {
    const contentType = typeof response === "string" ? response : JSON_TYPE;
    byStatus.set(Number(status), { ...full, ...contentHeaders(contentType) });
  }

  return (request, reply, answer) => {
    const { status, body } = answer;
    if (body === undefined || body === null) {
      const headers = { ...bare, "x-request-id": request.id };
      request.admission?.addFields(headers);
      write(reply, answer, headers, undefined);
    } else {
      const headers = { ...(byStatus.get(status) ?? full), "x-request-id": request.id };
      request.admission?.addFields(headers);
      const isJson = typeof spec.responses[status] === "object" && answer.serialised !== true;
      write(reply, answer, headers, isJson ? reply.code(status).serialize(body) : body);
    }
    const durationMs = context.clock.monotonic() - request.startedMs;
    meter.record(status, durationMs);
    if (context.accessLog === "all") {
      logRequest(context, request, { route: key, status, durationMs });
    }
  };
}

/** Straight to Node: nothing that the framework's own sending would add is needed. */
function write(
  reply: FastifyReply,
  answer: Answer,
  headers: Record<string, string>,
  body: unknown,
): void {
  const { status } = answer;
  for (const name in answer.headers) {
    headers[name.toLowerCase()] = answer.headers[name] ?? "";
  }
  const bytes = typeof body === "string" || body instanceof Uint8Array ? body : "";
  if (status !== 204 && status !== 304) {
    headers["content-length"] = String(
      typeof bytes === "string" ? Buffer.byteLength(bytes) : bytes.length,
    );
  }
  // Throws when a handler gives a header that cannot be sent; nothing is on its way then.
  reply.raw.writeHead(status, headers);
  reply.hijack();
  reply.raw.end(bytes);
}

function contentHeaders(contentType: string): Record<string, string> {
  const bare = contentType.startsWith("text/") && !contentType.includes("charset");
  return {
    "content-type": bare ? `${contentType}; charset=utf-8` : contentType,
    ...(contentType.startsWith("text/html") ? { "content-security-policy": PAGE_CSP } : {}),
  };
}

/** Sends whatever was thrown as a problem. */
export function sendProblem(
  context: DispatchContext,
  request: FastifyRequest,
  reply: FastifyReply,
  facts: { thrown: unknown; route: Dispatched; headers?: Record<string, string> },
): void {
  const { route, headers } = facts;
  const error = toTenfoldError(facts.thrown);
  const problem = problemOf(error, request.id, `${context.publicUrl()}/docs`);
  // A status text may be left from an answer that could not be written.
  reply.raw.statusMessage = "";
  reply.code(error.status).headers(context.securityHeaders.document);
  reply.headers(problemHeaders(error)).header("x-request-id", request.id);
  if (headers !== undefined) reply.headers(headers);
  const fields: Record<string, string> = {};
  request.admission?.addFields(fields);
  reply.headers(fields);
  // What came in may still be on its way: the rest of it must not be taken for the next request.
  if (error.status === 413) reply.header("connection", "close");
  reply.serializer(JSON.stringify).send(problem);
  const nowMs = context.clock.monotonic();
  // Some requests fail before they are timed; those with a broken URL lack the field itself.
  const durationMs = request.startedMs > 0 ? nowMs - request.startedMs : 0;
  route.meter.record(error.status, durationMs);
  logProblem(context, request, { error, route: route.key, durationMs });
}

function logProblem(
  context: DispatchContext,
  request: FastifyRequest,
  facts: { error: TenfoldError; route: string; durationMs: number },
): void {
  const { error, route, durationMs } = facts;
  const line = { route, status: error.status, durationMs, code: error.code };
  if (error.status >= 500) {
    context.log.error(
      { ...line, requestId: request.id, method: request.method, error: error.cause ?? error },
      "request failed",
    );
  } else if (context.accessLog !== "internal") {
    logRequest(context, request, line);
  }
}

/** The route's pattern, never the path: paths and queries may hold secrets. */
function logRequest(context: DispatchContext, request: FastifyRequest, fields: object): void {
  context.log.info({ ...fields, requestId: request.id, method: request.method }, "request");
}
