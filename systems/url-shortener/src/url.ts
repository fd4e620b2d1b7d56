/**
 * Which URLs may be shortened. Parsing is WHATWG's (`new URL`), the same that
 * browsers use, so that what we check is where they go: `http:\\host`, `HTTP://`,
 * `0x7f.1`, full-width dots and trailing dots all come out in one form.
 *
 * What someone typed is kept as it is; only comparisons use the normal form.
 */
import type { TenfoldError } from "@tenfold/core";
import { linkErrors } from "./errors.ts";

/** Longer ones are refused, in characters as typed (the schema) and percent-encoded (here). */
export const URL_LENGTH_MAX = 4096;

export interface UrlRules {
  /** True for a host (in normal form) of our own: a link to it could go in circles. */
  isOwn(host: string): boolean;
  /** True for a host (in normal form) that is blocked or banned. */
  isBlocked(host: string): boolean;
}

export type UrlVerdict =
  | { ok: true; /** Normal form of the whole URL. */ href: string; host: string }
  | { ok: false; error: TenfoldError };

/** Checks one URL; `field` is its JSON pointer in the request. */
export function checkUrl(text: string, rules: UrlRules, field: string): UrlVerdict {
  const refuse = (code: UrlProblem, detail: string): UrlVerdict => ({
    ok: false,
    error: linkErrors[code]({ detail, fields: [{ field, detail }] }),
  });
  // A browser would drop control characters and outer spaces: what is shown would not be what is used.
  // oxlint-disable-next-line no-control-regex -- these are the characters in question
  if (/[\u0000-\u001f\u007f]/.test(text) || text !== text.trim() || !text.isWellFormed()) {
    return refuse("url_invalid", "The URL has control characters or outer spaces.");
  }
  const url = URL.parse(text);
  if (url === null)
    return refuse("url_invalid", "The URL must be absolute, like https://example.com/page.");
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return refuse(
      "url_scheme_refused",
      `The URL begins with "${url.protocol}"; it must be http or https.`,
    );
  }
  if (url.username !== "" || url.password !== "" || /^[a-z]+:[/\\]*[^/\\?#]*@/i.test(text)) {
    return refuse(
      "url_credentials_refused",
      "The URL has a user name or password before its host.",
    );
  }
  const host = normalHost(url.hostname);
  if (host === "") return refuse("url_invalid", "The URL has no host.");
  if (url.href.length > URL_LENGTH_MAX) {
    return refuse(
      "url_invalid",
      `The URL is longer than ${URL_LENGTH_MAX} characters when encoded.`,
    );
  }
  if (rules.isOwn(host))
    return refuse("url_loops", `The URL leads to ${host}, which is this service.`);
  if (rules.isBlocked(host)) return refuse("url_blocked", `Links to ${host} are not allowed here.`);
  return { ok: true, href: url.href, host };
}

type UrlProblem =
  | "url_invalid"
  | "url_scheme_refused"
  | "url_credentials_refused"
  | "url_loops"
  | "url_blocked";

/** A parsed URL's host without brackets and trailing dots; small ASCII letters already. */
export function normalHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "").replace(/\.+$/, "");
}

/** The host of a URL that was checked before, in normal form. */
export function hostOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? "" : normalHost(parsed.hostname);
}

/**
 * A host name as someone writes it (`*.Example.COM.`, `bücher.example`, `::1`)
 * in normal form; `undefined` when it is none.
 */
export function parseHost(text: string): string | undefined {
  const bare = text.trim().replace(/^\*?\./, "");
  if (bare === "" || /[/\\?#@%*\s]/.test(bare)) return undefined;
  const isAddress6 = /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(bare);
  const url = URL.parse(`http://${isAddress6 ? `[${bare}]` : bare}/`);
  if (
    url === null ||
    url.port !== "" ||
    (!isAddress6 && bare.includes(":") && !bare.startsWith("["))
  )
    return undefined;
  const host = normalHost(url.hostname);
  return host === "" || host.length > 253 ? undefined : host;
}

/** True when `hosts` holds `host` or a domain above it. O(labels). */
export function coversHost(hosts: ReadonlySet<string>, host: string): boolean {
  if (hosts.size === 0) return false;
  for (let rest = host; ;) {
    if (hosts.has(rest)) return true;
    const dot = rest.indexOf(".");
    if (dot < 0) return false;
    rest = rest.slice(dot + 1);
  }
}

/** True for names of this very machine. */
export function isLoopback(host: string): boolean {
  return (
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host === "::1" ||
    /^127\.\d+\.\d+\.\d+$/.test(host) ||
    host === "0.0.0.0" ||
    host === "::"
  );
}

/** True for an IPv4 or IPv6 address in normal form. */
export function isAddress(host: string): boolean {
  return host.includes(":") || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * What goes into `Location`: the text as it is where every client reads it
 * alike, else its normal form. A header takes no other characters, and
 * `http:page` or a backslash would be read differently by different clients.
 */
export function locationOf(url: string): string {
  return /^https?:\/\/[!-.0-[\]-~][!-[\]-~]*$/i.test(url) ? url : new URL(url).href;
}

/**
 * `target` with the caller's query (raw, without `?`) added. A parameter of
 * the same name in the target gives way, so that a link's default can be overridden.
 */
export function withQuery(target: string, query: string): string {
  if (query === "") return target;
  // The leading `&` keeps the parser from taking a first `?` for a mark: `??a=1` has the name `?a`.
  const names = new Set(new URLSearchParams(`&${query}`).keys());
  const [beforeHash = "", ...hash] = target.split("#");
  const mark = beforeHash.indexOf("?");
  const path = mark < 0 ? beforeHash : beforeHash.slice(0, mark);
  const own = mark < 0 ? [] : beforeHash.slice(mark + 1).split("&");
  const kept = own.filter((pair) => pair !== "" && !isNamed(pair, names));
  const fragment = hash.length === 0 ? "" : `#${hash.join("#")}`;
  return `${path}?${[...kept, ...query.split("&").filter((pair) => pair !== "")].join("&")}${fragment}`;
}

function isNamed(pair: string, names: ReadonlySet<string>): boolean {
  const [name] = new URLSearchParams(`&${pair}`).keys();
  return name !== undefined && names.has(name);
}
