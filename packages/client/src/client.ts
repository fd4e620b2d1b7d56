/**
 * A client for any route table, in browsers and in Node. The table is a type
 * only: at run time the client knows the key, `POST /v1/links`, and no more.
 *
 * ```ts
 * const client = createClient<typeof linkRoutes & typeof accountRoutes>({ baseUrl: "" });
 * const { body } = await client("POST /v1/links", { body: { url: "https://example.com" } });
 * ```
 */
import { brokenAnswer, networkProblem, problemOfResponse } from "./problem.ts";
import type { CallArguments, CallExtras, ItemOf, ListKey, ReplyOf, TableShape } from "./table.ts";

export interface ClientOptions {
  /** `https://tenfold.example`, or empty in a browser for the page's own origin. */
  baseUrl: string;
  /** Session token or API key; without one, a browser's session cookie speaks. */
  token?: string | (() => string | undefined);
  /** Replaces the global `fetch`. */
  fetch?: typeof fetch;
}

/**
 * Calls one route. Throws `ApiProblem` for everything that is not a declared
 * success, and the signal's reason when it is aborted. Never retries.
 */
export interface Client<Table extends TableShape> {
  <Key extends keyof Table & string>(
    key: Key,
    ...call: CallArguments<Table[Key]>
  ): Promise<ReplyOf<Table[Key]>>;
  /** Never set: carries the table's type, so that `allPages` can find it. */
  readonly "~table"?: Table;
}

/** A call with the types forgotten. */
interface AnyCall extends CallExtras {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
  readonly contentType?: string;
}

export function createClient<Table extends TableShape>(options: ClientOptions): Client<Table> {
  const send = options.fetch ?? fetch;
  const baseUrl = options.baseUrl.replace(/\/+$/, "");

  return async <Key extends keyof Table & string>(
    key: Key,
    ...[call]: CallArguments<Table[Key]>
  ): Promise<ReplyOf<Table[Key]>> => {
    const { method, path, init } = requestOf(key, call ?? {}, options);
    let response: Response;
    try {
      response = await send(`${baseUrl}${path}`, { method, ...init });
    } catch (error) {
      init.signal?.throwIfAborted();
      throw networkProblem(error);
    }
    if (!response.ok) throw await problemOfResponse(response);
    const body = await readBody(response).catch((error: unknown) => {
      init.signal?.throwIfAborted();
      throw error instanceof SyntaxError ? brokenAnswer(response, error) : networkProblem(error);
    });
    // The server serialises by the same schemas, so what arrived is what they say.
    return { status: response.status, body, headers: response.headers } as ReplyOf<Table[Key]>;
  };
}

/** Every item of a list, page by page; `call.query.limit` is the page's size. */
export async function* allPages<Table extends TableShape, Key extends ListKey<Table>>(
  client: Client<Table>,
  key: Key,
  ...[call]: CallArguments<Table[Key]>
): AsyncGenerator<ItemOf<Table[Key]>, void, undefined> {
  let cursor: string | null = null;
  do {
    const first: AnyCall = call ?? {};
    const query = {
      ...Object.fromEntries(entriesOf(first.query)),
      ...(cursor !== null && { cursor }),
    };
    // A list's query takes a cursor, which its generic type cannot say.
    const paged = [{ ...first, query }] as unknown as CallArguments<Table[Key]>;
    const reply = await client(key, ...paged);
    const page = reply.body as { items: ItemOf<Table[Key]>[]; nextCursor: string | null };
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

function requestOf(key: string, call: AnyCall, options: ClientOptions) {
  const space = key.indexOf(" ");
  const headers = new Headers(call.headers);
  if (!headers.has("accept")) headers.set("accept", "application/json, */*;q=0.5");
  const token = typeof options.token === "function" ? options.token() : options.token;
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  if (call.idempotencyKey !== undefined) headers.set("idempotency-key", call.idempotencyKey);
  if (call.ifMatch !== undefined) headers.set("if-match", `"${call.ifMatch}"`);
  const init: RequestInit = { headers };
  if (call.signal !== undefined) init.signal = call.signal;
  if (call.body !== undefined) {
    headers.set("content-type", call.contentType ?? "application/json");
    const isText = call.contentType !== undefined && typeof call.body === "string";
    init.body = isText ? call.body : JSON.stringify(call.body);
  }
  const path = fillPath(key.slice(space + 1), entriesOf(call.params)) + queryText(call.query);
  return { method: key.slice(0, space), path, init };
}

function fillPath(path: string, params: ReadonlyMap<string, unknown>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params.get(name);
    const text = typeof value === "number" ? String(value) : value;
    // URLs drop `.` and `..` segments, escaped or not: the call would reach another route.
    if (typeof text !== "string" || text === "" || text === "." || text === "..") {
      throw new TypeError(`${path}: "${String(text)}" cannot stand for {${name}}`);
    }
    return encodeURIComponent(text);
  });
}

function queryText(query: unknown): string {
  const search = new URLSearchParams();
  for (const [name, value] of entriesOf(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null) search.append(name, String(each));
    }
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

function entriesOf(value: unknown): Map<string, unknown> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}

async function readBody(response: Response): Promise<unknown> {
  const type = response.headers.get("content-type") ?? "";
  if (/^application\/([\w.-]+\+)?json\b/.test(type)) return response.json();
  if (/^text\/|\+xml\b|\/xml\b/.test(type)) return response.text();
  const bytes = new Uint8Array(await response.arrayBuffer());
  return bytes.length === 0 ? undefined : bytes;
}
