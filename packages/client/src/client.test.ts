import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { after, test } from "node:test";
import { Type } from "typebox";
import { allPages, ApiProblem, createClient } from "./index.ts";

const Link = Type.Object({ id: Type.String(), url: Type.String() });
const linkTable = {
  "POST /v1/links": {
    body: Type.Object({ url: Type.String() }),
    responses: { 201: Link, 200: Link },
  },
  "GET /v1/links": {
    query: Type.Object({
      cursor: Type.Optional(Type.String()),
      tag: Type.Optional(Type.Array(Type.String())),
    }),
    responses: {
      200: Type.Object({
        items: Type.Array(Link),
        nextCursor: Type.Union([Type.String(), Type.Null()]),
      }),
    },
  },
  "GET /v1/links/{id}": { params: Type.Object({ id: Type.String() }), responses: { 200: Link } },
  "DELETE /v1/links/{id}": {
    params: Type.Object({ id: Type.String() }),
    responses: { 204: "text/plain" },
  },
  "GET /v1/export": { responses: { 200: "text/csv" } },
  "GET /v1/qr": { responses: { 200: "image/png" } },
  "POST /v1/import": { consumes: ["text/csv"], responses: { 200: Type.Object({}) } },
} as const;
const meTable = {
  "GET /v1/me": { responses: { 200: Type.Object({ name: Type.String() }) } },
} as const;
type Tables = typeof linkTable & typeof meTable;

/** A server for one answer, and what it was asked. */
async function serve(answer: RequestListener) {
  const asked: { request: IncomingMessage; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      asked.push({ request, body });
      answer(request, response);
    });
  }).listen(0, "127.0.0.1");
  after(() => server.close());
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const client = createClient<Tables>({ baseUrl: `http://127.0.0.1:${port}/`, token: "tf_1" });
  return { client, asked };
}

function json(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
    response.end(JSON.stringify(body));
  };
}

test("a call goes out as its key says and comes back typed", async () => {
  const { client, asked } = await serve(
    json(201, { id: "1", url: "https://a.test" }, { etag: '"3"' }),
  );
  const reply = await client("POST /v1/links", {
    body: { url: "https://a.test" },
    idempotencyKey: "k",
    ifMatch: 3,
  });
  const status: 200 | 201 = reply.status;
  const url: string = reply.body.url;
  assert.deepEqual([status, url, reply.headers.get("etag")], [201, "https://a.test", '"3"']);
  const { request, body } = asked[0] ?? assert.fail();
  assert.deepEqual(
    [request.method, request.url, body],
    ["POST", "/v1/links", '{"url":"https://a.test"}'],
  );
  const {
    authorization,
    "content-type": type,
    "idempotency-key": key,
    "if-match": match,
  } = request.headers;
  assert.deepEqual(
    [authorization, type, key, match],
    ["Bearer tf_1", "application/json", "k", '"3"'],
  );
});

test("calls that do not fit their route do not compile", async () => {
  const client = createClient<Tables>({
    baseUrl: "",
    fetch: () => Promise.reject(new Error("unused")),
  });
  const calls = [
    // @ts-expect-error -- the path has a parameter
    () => client("GET /v1/links/{id}"),
    // @ts-expect-error -- no such field
    () => client("POST /v1/links", { body: { url: "x", nope: 1 } }),
    // @ts-expect-error -- no such route
    () => client("GET /v1/nope"),
    // @ts-expect-error -- not a type that the route takes
    () => client("POST /v1/import", { body: "a", contentType: "text/html" }),
    // @ts-expect-error -- not a list
    () => allPages(client, "GET /v1/me").next(),
  ];
  for (const call of calls) await assert.rejects(async () => call());
});

test("parameters are escaped, lists in a query repeated, and dot segments refused", async () => {
  const { client, asked } = await serve(json(200, { items: [], nextCursor: null }));
  await client("GET /v1/links/{id}", { params: { id: "a/b?c" } });
  await client("GET /v1/links", { query: { tag: ["a b", "&"] } });
  assert.deepEqual(
    asked.map(({ request }) => request.url),
    ["/v1/links/a%2Fb%3Fc", "/v1/links?tag=a+b&tag=%26"],
  );
  for (const id of ["..", ".", ""]) {
    await assert.rejects(client("GET /v1/links/{id}", { params: { id } }), TypeError);
  }
});

test("text, bytes and nothing arrive as what they are", async () => {
  const text = await serve((_, response) =>
    response.writeHead(200, { "content-type": "text/csv; charset=utf-8" }).end("a,ü"),
  );
  const csv: string = (await text.client("GET /v1/export")).body;
  assert.equal(csv, "a,ü");
  await text.client("POST /v1/import", { body: "url\nx", contentType: "text/csv" });
  assert.deepEqual(
    [text.asked[1]?.body, text.asked[1]?.request.headers["content-type"]],
    ["url\nx", "text/csv"],
  );
  const png = await serve((_, response) =>
    response.writeHead(200, { "content-type": "image/png" }).end(Buffer.from([137, 80])),
  );
  assert.deepEqual((await png.client("GET /v1/qr")).body, new Uint8Array([137, 80]));
  const gone = await serve((_, response) => response.writeHead(204).end());
  const nothing: undefined = (await gone.client("DELETE /v1/links/{id}", { params: { id: "1" } }))
    .body;
  assert.equal(nothing, undefined);
});

async function problemOf(call: Promise<unknown>): Promise<ApiProblem> {
  const error = await call.then(
    () => assert.fail("it succeeded"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ApiProblem, String(error));
  return error;
}

test("a problem is thrown with everything that it says", async () => {
  const sent = {
    type: "x",
    title: "Taken",
    status: 409,
    detail: "`a` is taken.",
    code: "slug_taken",
    requestId: "r1",
    hint: "Choose another.",
    errors: [{ field: "/slug", detail: "is taken" }],
  };
  const { client } = await serve(
    json(409, sent, { "content-type": "application/problem+json", "retry-after": "7" }),
  );
  const problem = await problemOf(client("GET /v1/me"));
  const { code, status, title, detail, hint, errors, requestId, retryAfterSeconds } = problem;
  assert.deepEqual({ type: "x", title, status, detail, code, requestId, hint, errors }, sent);
  assert.equal(retryAfterSeconds, 7);
});

test("a proxy's error page and a broken body are problems too", async () => {
  const page = await serve((_, response) =>
    response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad</h1>"),
  );
  const problem = await problemOf(page.client("GET /v1/me"));
  assert.deepEqual([problem.code, problem.status], ["unexpected_answer", 502]);
  const half = await serve((_, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end('{"na'),
  );
  assert.equal((await problemOf(half.client("GET /v1/me"))).code, "unexpected_answer");
});

test("no answer is the problem `network`; an abort is the signal's reason", async () => {
  const refused = createClient<Tables>({ baseUrl: "http://127.0.0.1:1" });
  const problem = await problemOf(refused("GET /v1/me"));
  assert.deepEqual([problem.code, problem.status], ["network", 0]);
  const reason = new Error("navigated away");
  await assert.rejects(refused("GET /v1/me", { signal: AbortSignal.abort(reason) }), reason);
});

test("allPages follows the cursors to the end and keeps the query", async () => {
  const { client, asked } = await serve((request, response) => {
    const second = request.url?.includes("cursor=c1") === true;
    json(200, { items: [{ id: second ? "2" : "1", url: "x" }], nextCursor: second ? null : "c1" })(
      request,
      response,
    );
  });
  const ids: string[] = [];
  for await (const link of allPages(client, "GET /v1/links", { query: { tag: ["t"] } }))
    ids.push(link.id);
  assert.deepEqual(ids, ["1", "2"]);
  assert.equal(asked[1]?.request.url, "/v1/links?tag=t&cursor=c1");
});
