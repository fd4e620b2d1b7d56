/** The people, credentials and things that the calls of `calls.ts` are made with. */
import { createHash, randomUUID } from "node:crypto";
import type { Log } from "@tenfold/core";
import { openRowDigest, type RowDigest } from "../support/row-digest.ts";
import { password, startTestApp, type Person, type TestApp } from "../support/app.ts";

export { password };

interface Member extends Person {
  email: string;
}

export interface World extends AsyncDisposable {
  platform: TestApp;
  url: string;
  digest: RowDigest;
  /** Causes of answers with 5xx, newest last. */
  logged: string[];
  admin: Member;
  member: Member;
  stranger: Member;
  /** Keys of the member. */
  keys: { all: string; withoutScopes: string; revoked: string; expired: string };
  /** Session tokens of the member. */
  endedSessions: { expired: string; signedOut: string; idle: string };
  /** An API key of the administrator. */
  adminKey: string;
  /** A link of the member's own, new each time. */
  newLink(): Promise<{ id: string; code: string; shortUrl: string }>;
}

const hashOf = (token: string): Buffer => createHash("sha256").update(token).digest();

/** Starts a platform and fills it. */
export async function makeWorld(): Promise<World> {
  const logged: string[] = [];
  const platform = await startTestApp({
    settings: {
      // Each request may say where it comes from, so that limits per address stay out of the way.
      TENFOLD_TRUSTED_PROXIES: "127.0.0.1",
      TENFOLD_LINK_MISSES_PER_MINUTE: "1000000",
      TENFOLD_SIGN_IN_ATTEMPTS: "10000",
      TENFOLD_API_KEYS_MAX: "10000",
      TENFOLD_PASSWORD_MEMORY_KIB: "8192",
      TENFOLD_PASSWORD_PASSES: "1",
    },
    log: listeningLog(logged),
  });
  const person = async (name: string): Promise<Member> => {
    const email = `${name}@example.org`;
    return { ...(await platform.person(email)), email };
  };
  const [admin, member, stranger] = [
    await person("admin"),
    await person("member"),
    await person("stranger"),
  ];
  const { sql } = platform.app.platform;
  return {
    platform,
    url: platform.url,
    digest: await openRowDigest(sql),
    logged,
    admin,
    member,
    stranger,
    keys: await makeKeys(platform, member),
    endedSessions: await makeEndedSessions(platform, member),
    adminKey: await newKey(admin, ["links:read", "links:write"]),
    async newLink() {
      const body = { url: `https://example.com/${randomUUID()}` };
      return (await member.api("POST /v1/links", { body })).body;
    },
    [Symbol.asyncDispose]: () => platform[Symbol.asyncDispose](),
  };
}

type Scope = "links:read" | "links:write" | "jobs:read";

async function newKey(owner: Person, scopes: Scope[]): Promise<string> {
  const body = { name: "test", scopes };
  return (await owner.api("POST /v1/api-keys", { body })).body.key;
}

async function makeKeys(platform: TestApp, member: Person): Promise<World["keys"]> {
  const { sql } = platform.app.platform;
  const all = await newKey(member, ["links:read", "links:write"]);
  const withoutScopes = await newKey(member, ["jobs:read"]);
  const revoked = await member.api("POST /v1/api-keys", {
    body: { name: "revoked", scopes: ["links:read", "links:write"] },
  });
  await member.api("DELETE /v1/api-keys/{id}", { params: { id: revoked.body.apiKey.id } });
  const expired = await newKey(member, ["links:read", "links:write"]);
  await sql.query(
    "update accounts.api_keys set expires_at = now() - interval '1 second' where key_hash = $1",
    [hashOf(expired)],
  );
  return { all, withoutScopes, revoked: revoked.body.key, expired };
}

async function makeEndedSessions(
  platform: TestApp,
  { email }: Member,
): Promise<World["endedSessions"]> {
  const { sql } = platform.app.platform;
  const signIn = async (): Promise<string> =>
    (await platform.api()("POST /v1/sessions", { body: { email, password } })).body.token;
  const [expired, idle, signedOut] = [await signIn(), await signIn(), await signIn()];
  const age = async (token: string, change: string): Promise<void> => {
    const { rows } = await sql.query(
      `update accounts.sessions set ${change} where token_hash = $1 returning id`,
      [hashOf(token)],
    );
    if (rows.length !== 1) throw new Error("the session to age was not found by its token's hash");
  };
  await age(expired, "expires_at = now() - interval '1 second'");
  await age(idle, "last_seen_at = now() - interval '31 days'");
  await platform.api(signedOut)("DELETE /v1/sessions/{id}", { params: { id: "current" } });
  return { expired, idle, signedOut };
}

/** Keeps what is logged as an error, so that a 500 can name its cause. */
function listeningLog(logged: string[]): Log {
  const keep = (...words: unknown[]): void => {
    const causes = words.flatMap((word) =>
      typeof word === "object" && word !== null ? Object.values(word) : [word],
    );
    logged.push(
      causes.map((cause) => (cause instanceof Error ? cause.stack : String(cause))).join(" "),
    );
  };
  const log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: keep,
    child: () => log,
  };
  return log;
}
