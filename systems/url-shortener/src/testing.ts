/**
 * The whole system for a test: real Postgres, the real web server, real state;
 * only sign-in, jobs and the outside world are stand-ins.
 *
 *   await using house = await createTestHouse();
 *   const { get, api } = await house.replica();
 *
 * Replicas of one house share its database; tokens are `member-<id>` and `admin-<id>`.
 */
import {
  createSeededRandom,
  createService,
  noMetrics,
  silentLog,
  systemClock,
  systemRandom,
  type Clock,
} from "@tenfold/core";
import { createHttpServer, type Authenticator } from "@tenfold/http";
import type { Jobs } from "@tenfold/jobs";
import { createTestSql } from "@tenfold/sql/testing";
import { memoryState, redisState } from "@tenfold/state";
import type { Platform, System } from "@tenfold/system";
import { createUrlShortener, type UrlShortenerOptions } from "./index.ts";

export interface TestReplicaOptions {
  options?: Partial<UrlShortenerOptions>;
  clock?: Clock;
  redisUrl?: string;
  publicUrl?: string;
  outbound?: Platform["outbound"];
}

export interface ApiAnswer {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever JSON came, and fails when it is not there
  body: any;
}

export interface TestReplica {
  url: string;
  system: System;
  platform: Platform;
  /** What was enqueued, in order. */
  enqueued: { name: string; data: unknown }[];
  /** Follows no redirect. */
  get(path: string, init?: RequestInit): Promise<Response>;
  /** As `member-1` unless told; a body is sent as JSON. */
  api(
    call: string,
    body?: unknown,
    init?: { token?: string; headers?: Record<string, string> },
  ): Promise<ApiAnswer>;
}

export interface TestHouse extends AsyncDisposable {
  replica(options?: TestReplicaOptions): Promise<TestReplica>;
}

const authenticator: Authenticator = {
  async authenticate(token) {
    const [, role, accountId] = /^(member|admin)-(\d+)$/.exec(token) ?? [];
    if (accountId === undefined) return undefined;
    return {
      accountId,
      role: role === "admin" ? "admin" : "member",
      via: "session",
      credentialId: "1",
      scopes: "all",
    };
  },
};

/** One fresh database, and any number of replicas on it; disposing ends all. */
export async function createTestHouse(): Promise<TestHouse> {
  const sql = await createTestSql({ connectionsMax: 16 });
  const stops: (() => Promise<void>)[] = [];
  let lastId = 1000n;

  return {
    async replica({
      options = {},
      clock = systemClock,
      redisUrl,
      publicUrl = "https://tenfold.test",
      outbound,
    } = {}) {
      const deps = { clock, random: systemRandom, log: silentLog, metrics: noMetrics };
      const state =
        redisUrl === undefined ? memoryState(deps) : redisState(deps, { url: redisUrl });
      const enqueued: TestReplica["enqueued"] = [];
      const platform: Platform = {
        ...deps,
        random: createSeededRandom(7),
        sql,
        state,
        jobs: recordingJobs(enqueued),
        outbound: outbound ?? {
          get: () => Promise.reject(new Error("no outside world in this test")),
        },
        nextId: () => String((lastId += 1n)),
        publicUrl,
        secret: new Uint8Array(32).fill(7),
      };
      const system = createUrlShortener({ platform }, options);
      await sql.migrate([{ system: system.name, migrations: system.migrations }]);
      const server = createHttpServer(
        { clock, random: systemRandom, log: silentLog, sql, authenticator },
        { port: 0, publicUrl },
      );
      for (const routes of system.routes) server.register(routes);
      await state.start();
      await system.start();
      await server.start();
      stops.unshift(
        () => server.stop(),
        () => system.stop(),
        () => state.stop(),
      );
      return { url: server.url, system, platform, enqueued, ...callers(server.url) };
    },
    async [Symbol.asyncDispose]() {
      for (const stop of stops) await stop();
      await sql[Symbol.asyncDispose]();
    },
  };
}

function callers(url: string): Pick<TestReplica, "get" | "api"> {
  return {
    get: (path, init = {}) => fetch(`${url}${path}`, { redirect: "manual", ...init }),
    async api(call, body, { token = "member-1", headers = {} } = {}) {
      const [method = "GET", path = "/"] = call.split(" ");
      const type = typeof body === "string" ? {} : { "content-type": "application/json" };
      const response = await fetch(`${url}${path}`, {
        method,
        redirect: "manual",
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : type),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.includes("json") === true;
      return {
        status: response.status,
        headers: response.headers,
        body: isJson ? JSON.parse(text) : text,
      };
    },
  };
}

/** Keeps what was enqueued; runs nothing. */
function recordingJobs(enqueued: TestReplica["enqueued"]): Jobs {
  return {
    ...createService({}),
    async enqueue(spec, data) {
      enqueued.push({ name: spec.name, data });
      return String(enqueued.length);
    },
    async enqueueMany(spec, data) {
      for (const each of data) enqueued.push({ name: spec.name, data: each });
    },
    register: () => undefined,
    counts: async () => [],
    redrive: async () => 0,
  };
}
