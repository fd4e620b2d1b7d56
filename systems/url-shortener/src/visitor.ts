/**
 * Who follows a link, as far as headers and an address tell, and no further:
 * a robot or a person, which kind of device, browser, country, language, and
 * from which site. Each fact is worked out only when somebody asks.
 *
 * What is expensive is remembered by user agent, since few of them make most
 * of the traffic. Nothing here keeps an address: it becomes a country, and a
 * hash that means nothing tomorrow (`visitorHash`).
 */
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { fileURLToPath } from "node:url";
import { parse } from "bowser";
import ipaddr from "ipaddr.js";
import { isbot } from "isbot";
import { Reader, type CountryResponse } from "mmdb-lib";

/** Raw headers and the address of one request. */
export interface Caller {
  address: string;
  userAgent?: string | undefined;
  referrer?: string | undefined;
  /** `Sec-Purpose`, `Purpose` or `X-Moz`, whichever came. */
  purpose?: string | undefined;
  acceptLanguage?: string | undefined;
}

export type Device = "desktop" | "mobile" | "tablet" | "other";

/** What a user agent says about itself. */
export interface Agent {
  device: Device;
  platform: "ios" | "android" | undefined;
  /** Family name, `Chrome`; undefined when it is none we know. */
  browser: string | undefined;
  /** It names itself as a robot, link previews included. */
  robot: boolean;
}

/** Why a click is counted as a bot's. */
export type BotReason = "no_agent" | "prefetch" | "robot";

const agentsMax = 5_000;
/** Longer user agents are made up; the limit also bounds what a regular expression can cost. */
const agentCharsMax = 512;

/** A map that forgets its older half when full: cheap, and what is used comes back. */
function remember<Value>(max: number, make: (key: string) => Value): (key: string) => Value {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  return (key) => {
    let value = young.get(key);
    if (value !== undefined) return value;
    value = old.get(key) ?? make(key);
    if (young.size >= max / 2) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
    return value;
  };
}

const noAgent: Agent = Object.freeze({
  device: "other",
  platform: undefined,
  browser: undefined,
  robot: false,
});

function parseAgent(userAgent: string): Agent {
  const robot = isbot(userAgent);
  const parsed = parse(userAgent);
  const type = parsed.platform.type;
  const os = parsed.os.name;
  return Object.freeze({
    device: type === "desktop" || type === "mobile" || type === "tablet" ? type : "other",
    platform: os === "iOS" ? "ios" : os === "Android" ? "android" : undefined,
    browser: parsed.browser.name === "" ? undefined : parsed.browser.name,
    robot,
  });
}

const knownAgent = remember(agentsMax, parseAgent);

/** Device, platform, browser and robot, from the user agent alone. Remembered. */
export function agentOf(userAgent: string | undefined): Agent {
  const text = (userAgent ?? "").slice(0, agentCharsMax).trim();
  return text === "" ? noAgent : knownAgent(text);
}

/** Why this caller is taken for a bot; undefined for a person. */
export function botReason(caller: Caller): BotReason | undefined {
  if (caller.purpose !== undefined && /prefetch|prerender|preview/i.test(caller.purpose)) {
    return "prefetch";
  }
  const agent = agentOf(caller.userAgent);
  if (agent === noAgent) return "no_agent";
  return agent.robot ? "robot" : undefined;
}

let countries: Reader<CountryRow> | undefined;
/** What the database really holds, flatter than MaxMind's. */
type CountryRow = CountryResponse & { country_code?: string };

function countryReader(): Reader<CountryRow> {
  const file = "@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb";
  countries ??= new Reader(readFileSync(fileURLToPath(import.meta.resolve(file))));
  return countries;
}

/** Private and reserved IPv4, for some of which the database has countries; a third of what a parser costs. */
const reservedIpv4 =
  /^(?:0|10|127|22[4-9]|2[345]\d)\.|^192\.168\.|^172\.(?:1[6-9]|2\d|3[01])\.|^169\.254\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./;

const knownCountry = remember(10_000, (address) => {
  const ipv4 = address.startsWith("::ffff:") ? address.slice(7) : address;
  if (isIPv4(ipv4)) {
    return reservedIpv4.test(ipv4) ? "" : (countryReader().get(ipv4)?.country_code ?? "");
  }
  const plain = ipaddr.isValid(address) ? ipaddr.process(address) : undefined;
  if (plain === undefined || plain.range() !== "unicast") return "";
  return countryReader().get(plain.toString())?.country_code ?? "";
});

/** ISO 3166-1 alpha-2 of an address; undefined for private and unknown ones. */
export function countryOf(address: string): string | undefined {
  const country = knownCountry(address);
  return country === "" ? undefined : country;
}

const knownReferrer = remember(5_000, (referrer) => {
  const url = URL.parse(referrer);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return "";
  // The parser admits a few characters that could mean something in HTML or CSV; a host name has none of them.
  const host = url.hostname.replace(/^www\./, "").replace(/\.$/, "");
  return host.length <= 253 && /^[0-9a-z._-]+$|^\[[0-9a-f:]+\]$/.test(host) ? host : "";
});

/** The host a click came from, lower case, in punycode, without `www.`; never a path. */
export function referrerHost(referrer: string | undefined): string | undefined {
  if (referrer === undefined || referrer === "" || referrer.length > 2048) return undefined;
  // Only the origin is looked at and remembered: a path may hold somebody's secret.
  const end = /^https?:\/\/[^/?#\\]*/i.exec(referrer)?.[0];
  const host = end === undefined ? "" : knownReferrer(end);
  return host === "" ? undefined : host;
}

/** Language tags of an `Accept-Language`, lower case, most wanted first; `q=0` and `*` left out. */
export function acceptedLanguages(
  header: string | undefined,
): readonly { tag: string; quality: number }[] {
  const found: { tag: string; quality: number }[] = [];
  for (const part of (header ?? "").slice(0, 1000).split(",", 50)) {
    const [tag = "", ...parameters] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    if (!/^[a-z]{1,8}(-[0-9a-z]{1,8})*$/.test(tag)) continue;
    const q = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    const quality = q === undefined ? 1 : /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(q) ? Number(q) : 0;
    if (quality > 0) found.push({ tag, quality });
  }
  // Stable, so that equals keep the order in which they were sent.
  return found.sort((a, b) => b.quality - a.quality);
}

/** The day's key: another one each day, so that days cannot be joined. */
export function visitorKey(secret: Uint8Array, day: number): string {
  const material = Buffer.concat([secret, Buffer.from(`url-shortener/visitor/${day}`)]);
  return hash("sha256", material, "hex");
}

/**
 * 48 bits that stand for an address and user agent under one day's key.
 *
 * SHA-256 over key, address and agent. The key has a fixed length and most of
 * the digest is thrown away, so nothing can be extended, and the one-shot hash
 * costs a third of an HMAC. Two of a million visitors share a value with
 * probability 0.2 %.
 */
export function visitorHash(key: string, address: string, userAgent: string | undefined): number {
  const text = `${key}\n${address}\n${(userAgent ?? "").slice(0, agentCharsMax)}`;
  return hash("sha256", text, "buffer").readUIntBE(0, 6);
}

/** Visitor hashes of one day. The latest of each address is remembered, in memory only. */
export class VisitorHashes {
  readonly #latest: (address: string) => { userAgent: string | undefined; hash: number };
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
    this.#latest = remember(10_000, () => ({ userAgent: "", hash: -1 }));
  }

  of(address: string, userAgent: string | undefined): number {
    const latest = this.#latest(address);
    if (latest.hash < 0 || latest.userAgent !== userAgent) {
      latest.userAgent = userAgent;
      latest.hash = visitorHash(this.#key, address, userAgent);
    }
    return latest.hash;
  }
}

/** The facts that rules ask for, each worked out at most once. */
export class Visitor {
  readonly #caller: Caller;
  #languages: readonly string[] | undefined;
  #parsedAddress: ReturnType<typeof ipaddr.process> | null | undefined;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  get agent(): Agent {
    return agentOf(this.#caller.userAgent);
  }

  get bot(): BotReason | undefined {
    return botReason(this.#caller);
  }

  get country(): string | undefined {
    return countryOf(this.#caller.address);
  }

  /** The most wanted languages: those that share the highest quality. */
  get languages(): readonly string[] {
    if (this.#languages === undefined) {
      const accepted = acceptedLanguages(this.#caller.acceptLanguage);
      const best = accepted.filter(({ quality }) => quality === accepted[0]?.quality);
      this.#languages = best.map(({ tag }) => tag);
    }
    return this.#languages;
  }

  /** The address as numbers; IPv4 in IPv6 is unwrapped. Undefined when it is none. */
  get address(): ReturnType<typeof ipaddr.process> | undefined {
    if (this.#parsedAddress === undefined) {
      const { address } = this.#caller;
      this.#parsedAddress = ipaddr.isValid(address) ? ipaddr.process(address) : null;
    }
    return this.#parsedAddress ?? undefined;
  }
}
