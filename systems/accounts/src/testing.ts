/** What the tests of accounts share: the whole system on a real database, with a clock to move. */
import {
  createManualClock,
  noMetrics,
  silentLog,
  systemRandom,
  type ManualClock,
} from "@tenfold/core";
import { createHttpServer } from "@tenfold/http";
import { openJobs } from "@tenfold/jobs";
import type { Sql } from "@tenfold/sql";
import { createTestSql } from "@tenfold/sql/testing";
import { memoryState, type State } from "@tenfold/state";
import type { Platform } from "@tenfold/system";
import { accounts001 } from "../migrations/001-accounts.ts";
import { createAccounts, type Accounts } from "./index.ts";
import type { AccountsOptions } from "./options.ts";

/** Cheap enough for tests; the gate stays. */
export const cheapPasswords = { memoryKib: 64, passes: 1, concurrency: 2, waitingMax: 64 };

export const goodPassword = "correct horse battery staple";

export interface TestAccounts extends AsyncDisposable {
  accounts: Accounts;
  platform: Platform;
  clock: ManualClock;
  sql: Sql;
  /** A second process on the same database; `state` says what they share. */
  another(state?: State, options?: Partial<AccountsOptions>): Promise<Accounts>;
}

export interface TestAccountsOptions {
  state?: State;
  options?: Partial<AccountsOptions>;
  publicUrl?: string;
}

const noOutbound: Platform["outbound"] = {
  get: () => Promise.reject(new Error("accounts fetches nothing")),
};

const quiet = { random: systemRandom, log: silentLog, metrics: noMetrics };

/** Starts accounts on an empty database. */
export async function startAccounts(given: TestAccountsOptions = {}): Promise<TestAccounts> {
  const clock = createManualClock();
  const sql = await createTestSql({
    migrations: [{ system: "accounts", migrations: [accounts001] }],
  });
  const started: (Accounts | State)[] = [];
  let lastId = 0;
  const platformWith = (state: State): Platform => {
    const deps = { ...quiet, clock };
    return {
      ...deps,
      sql,
      state,
      jobs: openJobs({ ...deps, sql }),
      outbound: noOutbound,
      nextId: () => String(++lastId),
      publicUrl: given.publicUrl ?? "http://127.0.0.1",
      secret: new Uint8Array(32),
    };
  };
  const start = async (platform: Platform, options: Partial<AccountsOptions>) => {
    await platform.state.start();
    const accounts = createAccounts(
      { platform },
      { signUp: "open", passwords: cheapPasswords, ...given.options, ...options },
    );
    await accounts.start();
    started.push(platform.state, accounts);
    return accounts;
  };
  const memory = (): State => memoryState({ ...quiet, clock });
  const platform = platformWith(given.state ?? memory());
  return {
    accounts: await start(platform, {}),
    platform,
    clock,
    sql,
    another: (state = memory(), options = {}) => start(platformWith(state), options),
    async [Symbol.asyncDispose]() {
      for (const each of started.reverse()) await each.stop();
      await sql.stop();
    },
  };
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
  body: any;
}

export interface CallOptions {
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
  /** The caller's address, as a trusted proxy tells it. */
  from?: string;
}

export interface TestServer extends AsyncDisposable {
  url: string;
  /** `call("POST /v1/sessions", { body })` */
  call(route: string, options?: CallOptions): Promise<Answer>;
  /** Signs up and in; answers the session's token. */
  member(email: string, from?: string): Promise<string>;
}

/** Serves accounts over HTTP on a free port. */
export async function serve(
  accounts: Accounts,
  { clock, random, log }: Platform,
): Promise<TestServer> {
  const server = createHttpServer(
    { clock, random, log, authenticator: accounts.authenticator },
    { port: 0, trustedProxies: ["127.0.0.1"] },
  );
  for (const routes of accounts.routes) server.register(routes);
  await server.start();
  const call = async (route: string, options: CallOptions = {}): Promise<Answer> => {
    const [method = "", path = ""] = route.split(" ");
    const { body, token, from } = options;
    const response = await fetch(server.url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(from === undefined ? {} : { "x-forwarded-for": from }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    const { status, headers } = response;
    return { status, headers, text, body: isJson ? JSON.parse(text) : undefined };
  };
  return {
    url: server.url,
    call,
    async member(email, from = "192.0.2.1") {
      const body = { email, password: goodPassword };
      await call("POST /v1/accounts", { body, from });
      const { body: signedIn } = await call("POST /v1/sessions", { body, from });
      return signedIn.token;
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
