import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request as httpRequest, type Server } from "node:http";
import { test, type TestContext } from "node:test";
import { createManualClock, type ManualClock } from "@tenfold/core";
import express from "express";
import Fastify from "fastify";
import { memoryLimiter } from "../drivers/memory.ts";
import { createLimit, type LimitSpec } from "../limit.ts";
import type { Limiter } from "../limiter.ts";
import type { Subject } from "../rules/rule.ts";
import {
  fastifyLimits,
  limitMiddleware,
  type HttpLimitDeps,
  type HttpLimitOptions,
  type HttpRequest,
} from "./index.ts";

const onePerSecond: LimitSpec = {
  name: "one",
  algorithm: "token-bucket",
  limit: 1,
  windowMs: 1_000,
};
const two: LimitSpec = { name: "two", algorithm: "fixed-window", limit: 2, windowMs: 60_000 };

/** Rules that charge every subject on `specs`, by its address. */
function scene(...specs: readonly LimitSpec[]) {
  const manual = createManualClock(1_750_000_020_000);
  const sleeps: number[] = [];
  const clock: ManualClock = {
    ...manual,
    sleep(ms, signal) {
      sleeps.push(ms);
      return manual.sleep(ms, signal);
    },
  };
  const limits = specs.map((spec) => createLimit(spec));
  const subjects: Subject[] = [];
  const rules = {
    match(subject: Subject, cost?: number) {
      subjects.push(subject);
      const key = subject.address ?? "?";
      return limits.map((limit) => ({ limit, key, ...(cost === undefined ? {} : { cost }) }));
    },
  };
  /** Resolves when so many requests have come and somebody sleeps. */
  const untilWaiting = async (requests: number): Promise<void> => {
    while (subjects.length < requests || sleeps.length === 0) await new Promise(setImmediate);
  };
  const deps = { limiter: memoryLimiter({ clock }), rules, clock };
  return { deps, clock, subjects, untilWaiting };
}

/** A limiter whose store is away, without anybody to guard it. */
function brokenLimiter(): Limiter<"later"> {
  const fail = () => Promise.reject(new Error("the store is broken"));
  return {
    consume: fail,
    consumeUpTo: fail,
    consumeAll: fail,
    reserve: fail,
    peek: fail,
    penalize: fail,
    reset: fail,
  };
}

/** Starts a server for one test. */
async function listen(context: TestContext, server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

type Serve = (
  context: TestContext,
  deps: HttpLimitDeps,
  options?: HttpLimitOptions<HttpRequest>,
) => Promise<string>;

const servers: Record<string, Serve> = {
  "node:http": async (context, deps, options) => {
    const limit = limitMiddleware(deps, options);
    return listen(
      context,
      createServer((request, response) =>
        limit(request, response, (error) =>
          response.writeHead(error === undefined ? 200 : 500).end("served"),
        ),
      ),
    );
  },
  "Express 5": async (context, deps, options) => {
    const app = express().set("env", "test");
    app.use("/things", limitMiddleware(deps, options));
    app.get("/things/:id", (_request, response) => {
      response.send("served");
    });
    return listen(context, createServer(app));
  },
  "Fastify 5": async (context, deps, options = {}) => {
    const app = Fastify();
    const { queue } = options;
    await app.register(fastifyLimits(deps, queue === undefined ? {} : { queue }));
    app.get("/things/:id", () => "served");
    await app.ready();
    return listen(context, app.server);
  },
};

for (const [name, serve] of Object.entries(servers)) {
  test(`${name}: answers carry the fields, a refusal is a 429 that says when to come back`, async (context) => {
    const { deps, clock, subjects } = scene(two);
    const url = `${await serve(context, deps)}/things/7?page=2`;
    const first = await fetch(url);
    assert.equal(first.status, 200);
    assert.equal(await first.text(), "served");
    assert.equal(first.headers.get("ratelimit-policy"), '"two";q=2;w=60');
    assert.equal(first.headers.get("ratelimit"), '"two";r=1;t=60');
    await fetch(url);
    const refused = await fetch(url);
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get("retry-after"), "60");
    assert.equal(refused.headers.get("ratelimit"), '"two";r=0;t=60');
    assert.match(refused.headers.get("content-type") ?? "", /^application\/problem\+json/);
    const problem: unknown = await refused.json();
    assert.deepEqual(problem, {
      type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
      title: "Too many requests",
      status: 429,
      detail: 'The limit "two" of 2 is used up. Try again in 60 s.',
      code: "rate_limited",
      "violated-policies": ["two"],
    });
    await clock.advance(60_000);
    assert.equal((await fetch(url)).status, 200);
    assert.equal(subjects[0]?.address, "127.0.0.1");
    assert.equal(
      subjects[0]?.route,
      name === "Fastify 5" ? "GET /things/:id" : "GET /things/7",
      "the query is no part of the route",
    );
  });

  test(`${name}: with a queue, who is refused waits and is then served in order`, async (context) => {
    const { deps, clock, untilWaiting } = scene(onePerSecond);
    const url = `${await serve(context, deps, { queue: { waitMsMax: 3_000 } })}/things/7`;
    assert.equal((await fetch(url)).status, 200);
    const waiting = [fetch(url), fetch(url)];
    await untilWaiting(3);
    await clock.advance(3_000);
    const answers = await Promise.all(waiting);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    );
  });

  test(`${name}: an error of the limiter is an error of the request, not an open door`, async (context) => {
    const { deps } = scene(two);
    const url = `${await serve(context, { ...deps, limiter: brokenLimiter() })}/things/7`;
    assert.equal((await fetch(url)).status, 500);
  });

  test(`${name}: a concurrency limit's place is free again when the answer is out`, async (context) => {
    const atOnce: LimitSpec = {
      name: "at-once",
      algorithm: "concurrency",
      limit: 1,
      leaseMs: 60_000,
    };
    const { deps } = scene(atOnce);
    const url = `${await serve(context, deps)}/things/7`;
    for (let call = 0; call < 3; call += 1) {
      const response = await fetch(url);
      assert.equal(response.status, 200);
      assert.equal(
        response.headers.get("ratelimit-policy"),
        '"at-once";q=1;qu="concurrent-requests"',
      );
      await response.text();
      // The place is given back when the server sees the end of it, a moment later.
      while (!deps.limiter.peek(createLimit(atOnce), "127.0.0.1").allowed) {
        await new Promise(setImmediate);
      }
    }
  });
}

test("a caller who goes away leaves the queue, and the next one takes the place", async (context) => {
  const { deps, clock, untilWaiting } = scene(onePerSecond);
  const served: string[] = [];
  const limit = limitMiddleware(deps, { queue: { waitMsMax: 10_000 } });
  const base = await listen(
    context,
    createServer((request, response) =>
      limit(request, response, () => {
        served.push(request.url ?? "");
        response.end("served");
      }),
    ),
  );
  await fetch(`${base}/first`);
  const leaving = httpRequest(`${base}/leaves`).on("error", () => undefined);
  leaving.end();
  await untilWaiting(2);
  const staying = fetch(`${base}/stays`);
  await untilWaiting(3);
  leaving.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await clock.advance(1_000);
  assert.equal((await staying).status, 200);
  assert.deepEqual(served, ["/first", "/stays"]);
});

test("a leaking bucket holds a request back until its turn", async (context) => {
  const drip: LimitSpec = {
    name: "drip",
    algorithm: "leaking-bucket",
    limit: 1,
    windowMs: 1_000,
    queue: 2,
  };
  const { deps, clock, untilWaiting } = scene(drip);
  const serve = servers["node:http"];
  const url = `${await serve?.(context, deps)}/`;
  assert.equal((await fetch(url)).status, 200);
  const second = fetch(url);
  await untilWaiting(2);
  assert.equal((await fetch(url)).status, 429, "the bucket is full");
  await clock.advance(1_000);
  assert.equal((await second).status, 200);
});
