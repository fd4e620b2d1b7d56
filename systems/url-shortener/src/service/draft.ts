/** From what a caller asks for to a link that could be stored: every rule that needs no database. */
import type { TenfoldError } from "@tenfold/core";
import { slugProblem } from "../codes/slug.ts";
import type { LinkChange, NewLink } from "../contract.ts";
import type { Domains } from "../domains.ts";
import { linkErrors } from "../errors.ts";
import { defaultSettings, reuseKeyOf, targetsOf, type LinkSettings } from "../link.ts";
import type { Passwords } from "../password.ts";
import { compileTargets } from "../targeting.ts";
import { checkUrl, type UrlRules } from "../url.ts";

/** A link without a code, ready to be stored. */
export interface Draft {
  domain: string;
  slug: string | undefined;
  settings: LinkSettings;
  /** Absent when the link must be a new one. */
  reuseKey: Buffer | undefined;
}

export interface DraftDeps {
  urls: UrlRules;
  domains: Domains;
  passwords: Passwords;
}

/** Throws the first problem found; hashes the password last. */
export async function draftOf(input: NewLink, deps: DraftDeps): Promise<Draft> {
  const domain = input.domain === undefined ? "" : deps.domains.parse(input.domain);
  if (domain === undefined) {
    const detail = `Links cannot be made on "${input.domain}".`;
    const hint = `Choose one of ${deps.domains.names.join(", ")}.`;
    throw linkErrors.domain_unknown({
      detail,
      hint,
      fields: [{ field: "/domain", detail: "is not one of ours" }],
    });
  }
  const wrongSlug = input.slug === undefined ? undefined : slugProblem(input.slug);
  if (wrongSlug !== undefined) throw wrongSlug;
  const { password, ...plain } = input;
  const open = mergeSettings({ ...defaultSettings, url: input.url }, plain);
  const href = checkSettings(open, deps.urls);
  const passwordHash = typeof password === "string" ? await deps.passwords.hash(password) : null;
  const settings = { ...open, passwordHash };
  const reusable = input.slug === undefined && (input.reuse ?? true);
  return {
    domain,
    slug: input.slug,
    settings,
    reuseKey: reusable ? reuseKeyOf(settings, href, domain) : undefined,
  };
}

/** A change applied to a link's settings: what is absent stays, `null` clears. */
export async function changedSettings(
  current: LinkSettings,
  change: LinkChange,
  deps: Pick<DraftDeps, "urls" | "passwords">,
): Promise<LinkSettings> {
  const { password, ...plain } = change;
  const merged = mergeSettings(current, plain);
  checkSettings(merged, deps.urls);
  if (password === undefined) return merged;
  return {
    ...merged,
    passwordHash: password === null ? null : await deps.passwords.hash(password),
  };
}

function mergeSettings(current: LinkSettings, change: Omit<LinkChange, "password">): LinkSettings {
  return {
    url: change.url ?? current.url,
    status: change.status ?? current.status,
    title: change.title === undefined ? current.title : change.title,
    tags: change.tags ?? current.tags,
    validFrom: mergeTime(current.validFrom, change.validFrom, "/validFrom"),
    validUntil: mergeTime(current.validUntil, change.validUntil, "/validUntil"),
    maxVisits: change.maxVisits === undefined ? current.maxVisits : change.maxVisits,
    passwordHash: current.passwordHash,
    rules: change.rules ?? current.rules,
    variants: change.variants ?? current.variants,
    forwardQuery: change.forwardQuery ?? current.forwardQuery,
  };
}

function mergeTime(
  current: Date | null,
  given: string | null | undefined,
  field: string,
): Date | null {
  if (given === undefined) return current;
  return given === null ? null : parseTime(given, field);
}

/** RFC 3339 allows leap seconds, JavaScript's dates do not. */
function parseTime(text: string, field: string): Date {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  const detail = `"${text}" is not a moment in time.`;
  throw linkErrors.validity_empty({ detail, fields: [{ field, detail }] });
}

/** Checks every URL, rule and time; answers the main URL in normal form. */
function checkSettings(settings: LinkSettings, urls: UrlRules): string {
  let href = "";
  for (const { url, field } of targetsOf(settings)) {
    const verdict = checkUrl(url, urls, field);
    if (!verdict.ok) throw verdict.error;
    if (field === "/url") href = verdict.href;
  }
  const { validFrom, validUntil } = settings;
  if (validFrom !== null && validUntil !== null && validFrom >= validUntil) {
    const detail = "validUntil must be later than validFrom.";
    throw linkErrors.validity_empty({ detail, fields: [{ field: "/validUntil", detail }] });
  }
  const problem = ruleProblem(settings);
  if (problem !== undefined) throw problem;
  return href;
}

function ruleProblem(settings: LinkSettings): TenfoldError | undefined {
  for (const [index, { when }] of settings.rules.entries()) {
    for (const name of ["after", "before"] as const) {
      const text = when[name];
      if (text !== undefined) parseTime(text, `/rules/${index}/when/${name}`);
    }
  }
  const compiled = compileTargets(settings);
  if ("targets" in compiled) return undefined;
  const { wrong } = compiled;
  return linkErrors.address_range_invalid({ detail: wrong[0]?.detail ?? "", fields: wrong });
}
