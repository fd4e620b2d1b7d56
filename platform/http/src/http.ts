/**
 * The web server as systems see it: bind a route table to handlers, learn who
 * calls. Fastify stays inside this folder.
 */
import type { ErrorTable, Service } from "@tenfold/core";
import type { RequestLimiter } from "./limits.ts";
import type { OpenApiDocument } from "./openapi.ts";
import type { RouteCount } from "./route-metrics.ts";
import type {
  BodyOf,
  ParamsOf,
  QueryOf,
  ResponseOf,
  RouteKey,
  RouteSpec,
  RouteTable,
} from "./routes.ts";

/** Who calls, as the sign-in hook found it. */
export interface Principal {
  accountId: string;
  role: "admin" | "member";
  via: "session" | "key";
  /** The session's or the key's own ID. */
  credentialId: string;
  /** What an API key may do; a session may do everything. */
  scopes: readonly string[] | "all";
}

/**
 * Implemented by the accounts system. Answers `undefined` for a token that is
 * unknown, expired or revoked. Never writes.
 */
export interface Authenticator {
  authenticate(token: string): Promise<Principal | undefined>;
}

/** One call, checked against its route. `principal` is set unless auth is `none` or `optional`. */
export interface Call<Spec extends RouteSpec> {
  params: ParamsOf<Spec>;
  query: QueryOf<Spec>;
  body: BodyOf<Spec>;
  principal: Spec["auth"] extends "none" | "optional" ? Principal | undefined : Principal;
  method: string;
  /** Path with query string, as it came. */
  url: string;
  /** Lower-case names; a repeated header is joined with `, `. */
  header(name: string): string | undefined;
  cookie(name: string): string | undefined;
  /** Host and port the caller asked for, lower case: `sho.rt:8080`. */
  host: string;
  /** `http` or `https`, as the caller sees it. */
  scheme: string;
  /** The caller's address; behind trusted proxies, the one they vouch for. */
  address: string;
  requestId: string;
  /** `If-Match` without quotes. */
  ifMatch: string | undefined;
  /** Aborted when the caller goes away or the server must stop. */
  signal: AbortSignal;
}

export type Handler<Spec extends RouteSpec> = (
  call: Call<Spec>,
) => ResponseOf<Spec> | Promise<ResponseOf<Spec>>;

export type Handlers<Table extends RouteTable> = {
  readonly [Key in keyof Table]: Table[Key] extends RouteSpec ? Handler<Table[Key]> : never;
};

/** A GET of one plain segment, seen before the framework has looked at it. */
export interface QuickCall {
  /** Letters, digits, `_` and `-`; at most 64. */
  readonly segment: string;
  /** As in `Call`. */
  readonly host: string;
  readonly address: string;
  /** By lower-case name. */
  header(name: string): string | undefined;
}

/** A second way to answer `GET /{segment}`, for what can be answered at once and without a body. */
export interface QuickRoute<Found = unknown> {
  /** The route that this is a way of: its key in the table. */
  readonly key: RouteKey;
  /** What an answer needs, from memory; undefined: ask the route's handler instead. Changes nothing. */
  find(call: QuickCall): Found | undefined;
  /** Asked when the limiter has let the call through. */
  answer(
    call: QuickCall,
    found: Found,
  ): { status: number; headers?: Readonly<Record<string, string>> };
}

/** A table bound to its handlers: what a system hands to the platform. */
export interface BoundRoutes {
  readonly system: string;
  readonly table: RouteTable;
  // oxlint-disable-next-line typescript/no-explicit-any -- each handler was checked against its own route by `bind`
  readonly handlers: Readonly<Record<string, Handler<any>>>;
  /** The system's error table, so that `/docs` can say what each code means. */
  readonly errors?: ErrorTable;
  // oxlint-disable-next-line typescript/no-explicit-any -- what `find` gives, only `answer` takes
  readonly quick?: QuickRoute<any>;
}

/** Binds every route of `table`; a missing or misspelt one does not compile. */
export function bind<Table extends RouteTable>(
  system: string,
  table: Table,
  handlers: Handlers<Table>,
  errors?: ErrorTable,
): BoundRoutes {
  return { system, table, handlers, ...(errors === undefined ? {} : { errors }) };
}

/** Where a folder is served, and how. */
export interface FolderOptions {
  /** Replaces the web app's content security policy. */
  contentSecurityPolicy?: string;
}

export interface HttpServer extends Service {
  /** Before `start`. */
  register(routes: BoundRoutes): void;
  /** May be set late, but before the first call that signs in; without one every credential is bad. */
  setAuthenticator(authenticator: Authenticator): void;
  /** Before `start`; without one nothing is limited. */
  setLimiter(limiter: RequestLimiter): void;
  /** Serves a folder of files under `prefix`, with `index.html` for unknown paths below it. */
  serveFolder(prefix: string, folder: string, options?: FolderOptions): void;
  /** Named checks behind `/readyz`; each throws when it is not ready. */
  addReadinessCheck(name: string, check: () => Promise<void>): void;
  /** Requests so far by route and status. */
  routeCounts(): readonly RouteCount[];
  /** The OpenAPI 3.1 document, once started. */
  openapi(): OpenApiDocument;
  /** `http://127.0.0.1:8080`, once started. */
  readonly url: string;
  /** The port in use, once started. */
  readonly port: number;
}
