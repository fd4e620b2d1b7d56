/** A real server on a free port for this folder's tests, with routes that show each contract. */
import { request as rawRequest, type IncomingMessage } from "node:http";
import { createSeededRandom, silentLog, systemClock } from "@tenfold/core";
import { Type } from "typebox";
import {
  bind,
  type Authenticator,
  type BoundRoutes,
  type HttpServer,
  type Principal,
} from "./http.ts";
import type { HttpOptions } from "./options.ts";
import { Id, pageOf, pageQuery, routes } from "./routes.ts";
import { createHttpServer, type HttpDeps } from "./server.ts";

const Thing = Type.Object({ id: Id, url: Type.String() });
const NewThing = Type.Object({
  url: Type.String({ format: "uri", maxLength: 200 }),
  count: Type.Optional(Type.Integer({ minimum: 1 })),
  at: Type.Optional(Type.String({ format: "date-time" })),
  tags: Type.Optional(Type.Array(Type.Object({ name: Type.String() }))),
  extra: Type.Optional(Type.Unknown()),
});

export const thingRoutes = routes({
  "GET /v1/things/{id}": {
    summary: "One thing",
    auth: "none",
    params: Type.Object({ id: Id }),
    responses: { 200: Thing },
    errors: ["thing_not_found"],
  },
  "GET /v1/things": {
    summary: "Things",
    auth: "none",
    query: Type.Object({ ...pageQuery, tag: Type.Optional(Type.Array(Type.String())) }),
    responses: { 200: pageOf(Type.Integer()) },
  },
  "POST /v1/things": {
    summary: "Make a thing",
    auth: "none",
    body: NewThing,
    responses: { 201: NewThing },
  },
  "POST /v1/csv": {
    summary: "Takes text",
    auth: "none",
    consumes: ["text/csv"],
    responses: { 200: "text/plain" },
  },
  "GET /v1/who/optional": { summary: "Anyone", auth: "optional", responses: { 200: "text/plain" } },
  "GET /v1/who/none": { summary: "Anyone", auth: "none", responses: { 200: "text/plain" } },
  "GET /v1/who/session": { summary: "People", auth: "session", responses: { 200: "text/plain" } },
  "GET /v1/who/admin": { summary: "Admins", auth: "admin", responses: { 200: "text/plain" } },
  "GET /v1/who/scope": {
    summary: "Keys",
    auth: { scope: "things:read" },
    responses: { 200: "text/plain" },
  },
  "POST /v1/who/session": { summary: "A write", auth: "session", responses: { 200: "text/plain" } },
  "GET /v1/broken": { summary: "Throws", auth: "none", responses: { 200: "text/plain" } },
  "GET /{code}": {
    summary: "A short link",
    auth: "none",
    params: Type.Object({ code: Type.String({ maxLength: 20 }) }),
    query: Type.Record(Type.String(), Type.Unknown()),
    responses: { 302: "text/plain", 200: "text/html" },
  },
});

const principals: Readonly<Record<string, Principal>> = {
  member: { accountId: "1", role: "member", via: "session", credentialId: "10", scopes: "all" },
  admin: { accountId: "2", role: "admin", via: "session", credentialId: "20", scopes: "all" },
  reader: {
    accountId: "1",
    role: "member",
    via: "key",
    credentialId: "11",
    scopes: ["things:read"],
  },
  writer: {
    accountId: "1",
    role: "member",
    via: "key",
    credentialId: "12",
    scopes: ["things:write"],
  },
  adminKey: {
    accountId: "2",
    role: "admin",
    via: "key",
    credentialId: "21",
    scopes: ["things:read"],
  },
};

/** Knows the tokens `member`, `admin`, `reader`, `writer` and `adminKey`. */
export const fakeAuthenticator: Authenticator = {
  authenticate: (token) => Promise.resolve(principals[token]),
};

const who = (call: { principal: Principal | undefined }) =>
  ({ status: 200, body: call.principal?.credentialId ?? "nobody" }) as const;

/** The routes of above with handlers that echo. */
export function boundThings(): BoundRoutes {
  return bind("things", thingRoutes, {
    "GET /v1/things/{id}": ({ params }) => {
      const row = { id: params.id, url: "https://a.test", passwordHash: "never leaves" };
      return { status: 200, body: row, headers: { etag: '"7"' } };
    },
    "GET /v1/things": ({ query }) => ({
      status: 200,
      body: { items: [query.limit ?? -1, query.tag?.length ?? 0], nextCursor: null },
    }),
    "POST /v1/things": ({ body }) => ({ status: 201, body }),
    "POST /v1/csv": ({ body }) => ({ status: 200, body: body.toUpperCase() }),
    "GET /v1/who/optional": who,
    "GET /v1/who/none": who,
    "GET /v1/who/session": who,
    "GET /v1/who/admin": who,
    "GET /v1/who/scope": who,
    "POST /v1/who/session": who,
    "GET /v1/broken": () => {
      throw new Error("secret inside");
    },
    "GET /{code}": (call) =>
      call.params.code.endsWith("+")
        ? { status: 200, body: `<p>${call.method} ${call.host} ${call.scheme} ${call.address}</p>` }
        : { status: 302, headers: { location: `https://to.test/${call.params.code}` } },
  });
}

export interface TestServer extends AsyncDisposable {
  server: HttpServer;
  /** Fetches a path; redirects are not followed. */
  get: (path: string, init?: RequestInit) => Promise<Response>;
  /** Sends a body as JSON text, exactly as given. */
  post: (path: string, body: BodyInit, headers?: Record<string, string>) => Promise<Response>;
}

/** Started, with `bound` or the routes above. Dispose of it to stop. */
export async function startTestServer(
  given: { deps?: Partial<HttpDeps>; options?: Partial<HttpOptions>; bound?: BoundRoutes } = {},
): Promise<TestServer> {
  const server = createHttpServer(
    {
      log: silentLog,
      clock: systemClock,
      random: createSeededRandom(1),
      authenticator: fakeAuthenticator,
      ...given.deps,
    },
    { port: 0, drainTimeoutMs: 2_000, ...given.options },
  );
  server.register(given.bound ?? boundThings());
  await server.start();
  const get = (path: string, init: RequestInit = {}) =>
    fetch(server.url + path, { redirect: "manual", ...init });
  return {
    server,
    get,
    post: (path, body, headers = {}) =>
      get(path, {
        method: "POST",
        body,
        headers: { "content-type": "application/json", ...headers },
      }),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/** Sends what `fetch` would tidy up first: odd paths, methods and headers. */
export function sendRaw(
  url: string,
  options: { path: string; method?: string; headers?: Record<string, string> },
): Promise<{ response: IncomingMessage; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const request = rawRequest({ hostname, port, agent: false, ...options }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ response, text }));
    });
    request.on("error", reject).end();
  });
}

/** The problem in an answer: its status, code and fields. */
export async function problemIn(response: Response) {
  const problem = (await response.json()) as {
    status: number;
    code: string;
    detail: string;
    requestId: string;
    errors?: { field: string; detail: string }[];
  };
  return {
    ...problem,
    type: response.headers.get("content-type"),
    fields: problem.errors?.map(({ field }) => field) ?? [],
  };
}
