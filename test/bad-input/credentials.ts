/** Everyone who may not make a call: strangers, ended sessions, weak keys, other sites, other people. */
import { SESSION_COOKIE } from "@tenfold/http";
import type { RouteSpec } from "@tenfold/http/routes";
import { bearer } from "./attempt.ts";
import type { World } from "./world.ts";

export interface CredentialCase {
  name: string;
  as: Readonly<Record<string, string>>;
  status: number;
  code: string;
}

export interface CredentialFacts {
  method: string;
  /** The code that others get for the caller's thing. */
  owned: string | undefined;
  world: World;
}

/** All that must be refused at this route; none where anyone may call. */
export function credentialCases(spec: RouteSpec, facts: CredentialFacts): CredentialCase[] {
  const { auth } = spec;
  if (auth === "none" || auth === "optional") return [];
  const { world, owned } = facts;
  const { member, stranger } = world;
  const cases = [...unknownCallers(world), ...otherSites(spec, facts)];
  if (auth === "admin") {
    cases.push(
      refused("a member", bearer(member.token), "admin_required"),
      refused("a member's API key", bearer(world.keys.all), "admin_required"),
    );
  }
  if (auth === "admin" || auth === "session") {
    cases.push(refused("an administrator's API key", bearer(world.adminKey), "session_required"));
  }
  if (typeof auth === "object") {
    cases.push(
      refused("a key without the scope", bearer(world.keys.withoutScopes), "scope_missing"),
    );
  }
  if (owned !== undefined) {
    const notFound = { status: 404, code: owned };
    cases.push({ name: "somebody else's session", as: bearer(stranger.token), ...notFound });
    cases.push({ name: "the administrator's session", as: bearer(world.admin.token), ...notFound });
  }
  return cases;
}

function refused(name: string, as: Readonly<Record<string, string>>, code: string): CredentialCase {
  return { name, as, status: 403, code };
}

function unknownCallers({ keys, endedSessions, member }: World): CredentialCase[] {
  const cookie = `${SESSION_COOKIE}=${member.token}`;
  const invalid: [name: string, as: Readonly<Record<string, string>>][] = [
    ["a word as bearer", bearer("word")],
    ["an empty bearer", { authorization: "Bearer" }],
    ["another scheme", { authorization: `Basic ${Buffer.from("a:b").toString("base64")}` }],
    ["a bearer of bytes", { authorization: "Bearer \u00ff\u00fe" }],
    ["two bearers in one", bearer(`${member.token} ${member.token}`)],
    ["a bearer of 5,000 characters", bearer("a".repeat(5_000))],
    ["a token with one character changed", bearer(spoil(member.token))],
    ["an expired session", bearer(endedSessions.expired)],
    ["a session left idle", bearer(endedSessions.idle)],
    ["a session signed out", bearer(endedSessions.signedOut)],
    ["a revoked key", bearer(keys.revoked)],
    ["an expired key", bearer(keys.expired)],
    ["a bad bearer beside a good cookie", { cookie, ...bearer("word") }],
  ];
  return [
    { name: "no credentials", as: {}, status: 401, code: "sign_in_required" },
    {
      name: "an empty cookie",
      as: { cookie: `${SESSION_COOKIE}=` },
      status: 401,
      code: "sign_in_required",
    },
    ...invalid.map(([name, as]) => ({ name, as, status: 401, code: "credentials_invalid" })),
  ];
}

function spoil(token: string): string {
  return token.slice(0, -1) + (token.endsWith("a") ? "b" : "a");
}

/** With the cookie, a write must come from our own pages. */
function otherSites({ auth }: RouteSpec, { method, world }: CredentialFacts): CredentialCase[] {
  if (method === "GET" || method === "HEAD") return [];
  const { token } = auth === "admin" ? world.admin : world.member;
  const cookie = `${SESSION_COOKIE}=${token}`;
  const origins: [name: string, headers: Readonly<Record<string, string>>][] = [
    ["no Origin", {}],
    ["another site", { origin: "https://evil.example" }],
    ["the origin null", { origin: "null" }],
    ["another port of ours", { origin: "http://127.0.0.1:1" }],
    ["our origin as a prefix", { origin: `${world.url}.evil.example` }],
    ["our origin as user info", { origin: `${world.url}@evil.example` }],
    ["https in http's stead", { origin: world.url.replace("http:", "https:") }],
    ["an origin that is no URL", { origin: "%" }],
    ["another site as Referer", { referer: "https://evil.example/" }],
    [
      "another site, with our own as Referer",
      { origin: "https://evil.example", referer: world.url },
    ],
  ];
  return origins.map(([name, headers]) =>
    refused(`the cookie from ${name}`, { cookie, ...headers }, "origin_forbidden"),
  );
}
