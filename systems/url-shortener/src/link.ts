/** A link as the domain sees it, and what can be said of it without asking anyone. */
import { hash } from "node:crypto";
import type { Rule, Variant } from "./contract.ts";

export type RedirectStatus = 301 | 302 | 307 | 308;

export interface LinkSettings {
  url: string;
  status: RedirectStatus;
  title: string | null;
  tags: readonly string[];
  validFrom: Date | null;
  validUntil: Date | null;
  maxVisits: number | null;
  passwordHash: string | null;
  rules: readonly Rule[];
  variants: readonly Variant[];
  forwardQuery: boolean;
}

export interface StoredLink extends LinkSettings {
  id: string;
  /** `""` is the main domain. */
  domain: string;
  code: string;
  ownerId: string;
  visits: number;
  bannedAt: Date | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export const defaultSettings: Omit<LinkSettings, "url"> = Object.freeze({
  status: 302,
  title: null,
  tags: [],
  validFrom: null,
  validUntil: null,
  maxVisits: null,
  passwordHash: null,
  rules: [],
  variants: [],
  forwardQuery: false,
});

/** Every URL a link can lead to, with its JSON pointer. */
export function targetsOf(
  link: Pick<LinkSettings, "url" | "rules" | "variants">,
): { url: string; field: string }[] {
  return [
    { url: link.url, field: "/url" },
    ...link.rules.map(({ url }, index) => ({ url, field: `/rules/${index}/url` })),
    ...link.variants.map(({ url }, index) => ({ url, field: `/variants/${index}/url` })),
  ];
}

/** Where a link is in its life at a moment, as far as time alone tells. */
export function validityAt(
  link: Pick<LinkSettings, "validFrom" | "validUntil">,
  nowMs: number,
): "early" | "valid" | "expired" {
  if (link.validUntil !== null && nowMs >= link.validUntil.getTime()) return "expired";
  if (link.validFrom !== null && nowMs < link.validFrom.getTime()) return "early";
  return "valid";
}

/**
 * What makes two requests ask for the same link: the URL in normal form and
 * every setting. A link with a password is never shared, so it has no key.
 */
export function reuseKeyOf(
  settings: LinkSettings,
  href: string,
  domain: string,
): Buffer | undefined {
  if (settings.passwordHash !== null) return undefined;
  const { status, title, tags, validFrom, validUntil, maxVisits, rules, variants, forwardQuery } =
    settings;
  const identity = [
    href,
    domain,
    status,
    title,
    tags,
    validFrom,
    validUntil,
    maxVisits,
    rules,
    variants,
    forwardQuery,
  ];
  return hash("sha256", JSON.stringify(identity), "buffer");
}

/** A link's key in caches and messages: its code, after its domain when that is not the main one. */
export function cacheKey(domain: string, code: string): string {
  return domain === "" ? code : `${domain}/${code}`;
}
