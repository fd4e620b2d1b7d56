/**
 * The Node server under the framework: its limits, and refusing work while the
 * server stops. Requests that never become requests (broken syntax, headers
 * too large or too slow) are answered here, as problems like all others.
 */
import { createServer, STATUS_CODES, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import type { TenfoldError } from "@tenfold/core";
import { httpErrors } from "./errors.ts";
import type { HttpOptions } from "./options.ts";
import { problemHeaders, problemOf } from "./problems.ts";

export interface ListenerContext {
  options: HttpOptions;
  /** True once requests must be refused. */
  closing: () => boolean;
  publicUrl: () => string;
}

export function createListener(handler: RequestListener, context: ListenerContext): Server {
  const { options } = context;
  const server = createServer(
    {
      maxHeaderSize: options.headersBytesMax,
      headersTimeout: options.headersTimeoutMs,
      requestTimeout: options.requestTimeoutMs,
      keepAliveTimeout: options.keepAliveTimeoutMs,
      connectionsCheckingInterval: 1_000,
      noDelay: true,
    },
    (request, response) => {
      if (!context.closing()) return handler(request, response);
      const { head, body } = wireProblem(
        httpErrors.server_stopping({ retryAfterSeconds: 1 }),
        context,
      );
      response.writeHead(503, head).end(body);
      return undefined;
    },
  );
  server.maxConnections = options.connectionsMax;
  return server;
}

const byClientError: Readonly<Record<string, () => TenfoldError>> = {
  HPE_HEADER_OVERFLOW: () => httpErrors.headers_too_large(),
  ERR_HTTP_REQUEST_TIMEOUT: () => httpErrors.request_timeout(),
};

/** Answers on the bare socket, then closes it: after a syntax error nothing on it can be trusted. */
export function refuseOnSocket(
  error: Error & { code?: string },
  socket: Socket,
  context: Pick<ListenerContext, "publicUrl">,
): void {
  // Half an answer may be on its way already; adding to it would garble it.
  const answering: unknown = Reflect.get(socket, "_httpMessage");
  if (error.code === "ECONNRESET" || !socket.writable || (answering ?? null) !== null) {
    socket.destroy();
    return;
  }
  const refusal = byClientError[error.code ?? ""]?.() ?? httpErrors.request_malformed();
  const { head, body } = wireProblem(refusal, context);
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`);
  const status = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ""}`;
  socket.end([status, ...lines, "", body].join("\r\n"));
}

function wireProblem(error: TenfoldError, context: Pick<ListenerContext, "publicUrl">) {
  const body = JSON.stringify(problemOf(error, "none", `${context.publicUrl()}/docs`));
  const head = {
    ...problemHeaders(error),
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  return { head, body };
}
