/** Paths of route tables, `/v1/links/{id}`, as the framework's, and which methods a path takes. */
import type { Method, RouteKey } from "./routes.ts";

/** `GET /v1/links/{id}` in its two parts. */
export function splitKey(key: string): { method: Method; path: string } {
  const match = /^(GET|POST|PUT|PATCH|DELETE|HEAD) (\/\S*)$/.exec(key);
  const method = match?.[1];
  const path = match?.[2];
  if (!isMethod(method) || path === undefined) throw new Error(`"${key}" is not a route key`);
  return { method, path };
}

function isMethod(text: string | undefined): text is Method {
  return text !== undefined && ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"].includes(text);
}

/** A parameter fills a whole segment; anything else in braces is a mistake in the table. */
export function toFrameworkPath(path: string): string {
  return path
    .split("/")
    .map((segment) => {
      const name = /^\{([A-Za-z][A-Za-z0-9]*)\}$/.exec(segment)?.[1];
      if (name !== undefined) return `:${name}`;
      if (/[{}*]/.test(segment)) {
        throw new Error(`"${segment}" in "${path}": a {parameter} must be a whole segment`);
      }
      return segment.replaceAll(":", "::");
    })
    .join("/");
}

/** Knows, for a path that found no route, which methods it would take. */
export interface Allowed {
  add(key: RouteKey): void;
  /** For the `Allow` header; empty when the path is unknown. */
  methodsOf(url: string): readonly string[];
}

export function createAllowed(): Allowed {
  const known: { pattern: RegExp; method: Method }[] = [];
  return {
    add(key) {
      const { method, path } = splitKey(key);
      const source = path
        .split("/")
        .map((part) =>
          part.startsWith("{") ? "[^/]+" : part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"),
        )
        .join("/");
      known.push({ pattern: new RegExp(`^${source}$`), method });
    },
    methodsOf(url) {
      const path = url.split(/[?#]/, 1)[0] ?? "/";
      const methods = new Set<string>();
      for (const { pattern, method } of known) if (pattern.test(path)) methods.add(method);
      if (methods.has("GET")) methods.add("HEAD");
      return [...methods].sort();
    },
  };
}
