/** The real platform for a test: free port, its own folder, and clients that are signed in. */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient, type Client } from "@tenfold/client";
import type { AccountRoutes } from "@tenfold/accounts/contract";
import type { KeyValueRoutes } from "@tenfold/key-value/contract";
import type { LimitRoutes } from "@tenfold/rate-limits/contract";
import type { LinkRoutes } from "@tenfold/url-shortener/contract";
import type { ConsoleRoutes } from "tenfold/contract";
import type { Log } from "@tenfold/core";
import { startApp, type App } from "tenfold/testing";

export type Api = Client<AccountRoutes & KeyValueRoutes & LimitRoutes & LinkRoutes & ConsoleRoutes>;

export interface Person {
  api: Api;
  token: string;
  accountId: string;
}

/** A platform as people meet it, however many processes it is. */
export interface Reachable {
  readonly url: string;
  /** A client of it; anonymous without a token. */
  api(token?: string): Api;
  /** Signs up (the first account is the administrator) and signs in. */
  person(email: string): Promise<Person>;
}

export interface TestApp extends Reachable, AsyncDisposable {
  readonly app: App;
  /** Where its embedded Postgres lies. */
  readonly dataFolder: string;
}

/** Rules that nobody meets: tests ask more, and from one address, than people do. */
export const looseLimits = fileURLToPath(new URL("loose-limits.yaml", import.meta.url));

export const password = "correct horse battery";

export interface TestAppOptions {
  /** Settings by their environment names. */
  settings?: Record<string, string>;
  /** Kept after the test; a temporary one that is removed when absent. */
  dataFolder?: string;
  /** Silent when absent. */
  log?: Log;
}

/** Starts it on an embedded Postgres, unless the settings name another. */
export async function startTestApp({
  settings = {},
  dataFolder,
  log,
}: TestAppOptions = {}): Promise<TestApp> {
  const own = dataFolder ?? (await makeDataFolder());
  const where = settings["DATABASE_URL"] === undefined ? { TENFOLD_DATA: own } : {};
  const app = await startApp(
    {
      TENFOLD_PORT: "0",
      TENFOLD_SIGN_UP: "open",
      TENFOLD_FETCH_TITLES: "false",
      TENFOLD_RATE_LIMITS: looseLimits,
      ...where,
      ...settings,
    },
    log,
  );
  const api = (token?: string): Api =>
    createClient({ baseUrl: app.url, ...(token === undefined ? {} : { token }) });
  return {
    app,
    dataFolder: own,
    url: app.url,
    api,
    person: (email) => makePerson(api, email),
    async [Symbol.asyncDispose]() {
      await app.stop();
      if (dataFolder === undefined) await rm(own, { recursive: true, force: true });
    },
  };
}

/** Signs up and in. */
export async function makePerson(api: (token?: string) => Api, email: string): Promise<Person> {
  const account = await api()("POST /v1/accounts", { body: { email, password } });
  const session = await api()("POST /v1/sessions", { body: { email, password } });
  const { token } = session.body;
  return { api: api(token), token, accountId: account.body.id };
}

/** Postgres, which never runs as root, must be able to enter it. */
export async function makeDataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tenfold-app-"));
  await chmod(folder, 0o711);
  return folder;
}
