/**
 * Reading bodies. JSON is parsed here rather than by the framework, so that a
 * body which is not UTF-8 is refused instead of patched with U+FFFD, and so
 * that the answer names the place of a mistake.
 */
import { isUtf8 } from "node:buffer";
import { parse as parseForm } from "node:querystring";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { httpErrors } from "./errors.ts";
import type { RouteSpec } from "./routes.ts";

/** `text/csv; charset=utf-8` → `text/csv`. */
export function essenceOf(contentType: string | undefined): string {
  return (contentType?.split(";", 1)[0] ?? "").trim().toLowerCase();
}

/** Replaces the framework's parsers by one that knows each route's `consumes`. */
export function installBodyParser(
  app: FastifyInstance,
  specOf: (request: FastifyRequest) => RouteSpec | undefined,
): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (request, bytes, done) => {
    try {
      done(null, parseBody(request, Buffer.from(bytes), specOf(request)));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)), undefined);
    }
  });
}

function parseBody(request: FastifyRequest, bytes: Buffer, spec: RouteSpec | undefined): unknown {
  // Unknown paths answer 404 whatever the body was.
  if (spec === undefined || bytes.length === 0) return undefined;
  const accepted = spec.consumes ?? ["application/json"];
  const essence = essenceOf(request.headers["content-type"]);
  if (!accepted.includes(essence)) {
    throw httpErrors.content_type_unsupported({
      detail: `This route takes ${accepted.join(" or ")}, not ${essence === "" ? "a body without Content-Type" : essence}.`,
    });
  }
  if (!isUtf8(bytes)) throw httpErrors.body_malformed({ detail: "The body is not valid UTF-8." });
  const text = bytes.toString("utf8");
  return spec.consumes === undefined ? parseJson(text) : text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/, ".*/s, "") : "";
    throw httpErrors.body_malformed({ detail: `The body is not valid JSON: ${reason}.` });
  }
}

/** Fields of an `application/x-www-form-urlencoded` body; of a repeated field the first value. */
export function formFields(body: string): Record<string, string> {
  const fields: Record<string, string> = Object.create(null);
  const options = { maxKeys: 100 };
  for (const [name, value] of Object.entries(parseForm(body, "&", "=", options))) {
    fields[name] = (Array.isArray(value) ? value[0] : value) ?? "";
  }
  return fields;
}
