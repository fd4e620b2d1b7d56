/**
 * A link as a form holds it, and the ways between that and the API. Form
 * fields bear the API's names, so that its errors find them.
 */
import { randomId } from "@mantine/hooks";
import type { Link, LinkChange, NewLink } from "@tenfold/url-shortener/contract";
import { localOf, timeOf } from "./local-time.ts";
import { ruleOf, ruleValuesOf, type RuleValues } from "./rule-values.ts";

export type LinkStatus = Link["status"];

export interface VariantValues {
  /** For React only. */
  key: string;
  url: string;
  weight: number | "";
}

export interface LinkValues {
  url: string;
  slug: string;
  domain: string;
  title: string;
  tags: string[];
  status: LinkStatus;
  validFrom: string;
  validUntil: string;
  maxVisits: number | "";
  password: string;
  removePassword: boolean;
  forwardQuery: boolean;
  rules: RuleValues[];
  variants: VariantValues[];
}

/** A form for a new link. */
export function emptyValues(): LinkValues {
  return {
    url: "",
    slug: "",
    domain: "",
    title: "",
    tags: [],
    status: 302,
    validFrom: "",
    validUntil: "",
    maxVisits: "",
    password: "",
    removePassword: false,
    forwardQuery: false,
    rules: [],
    variants: [],
  };
}

/** A variant that gets as much as another. */
export function newVariant(): VariantValues {
  return { key: randomId(), url: "", weight: 1 };
}

/** A form that shows a link. */
export function valuesOf(link: Link): LinkValues {
  return {
    url: link.url,
    slug: link.code,
    domain: link.domain,
    title: link.title ?? "",
    tags: [...link.tags],
    status: link.status,
    validFrom: localOf(link.validFrom),
    validUntil: localOf(link.validUntil),
    maxVisits: link.maxVisits ?? "",
    password: "",
    removePassword: false,
    forwardQuery: link.forwardQuery,
    rules: link.rules.map(ruleValuesOf),
    variants: link.variants.map((variant) => ({ key: randomId(), ...variant })),
  };
}

function variantsOf(values: LinkValues) {
  return values.variants.map(({ url, weight }) => ({
    url: url.trim(),
    weight: weight === "" ? 1 : weight,
  }));
}

/** The body of a create: what was left alone is left out. */
export function newLinkOf(values: LinkValues): NewLink {
  const validFrom = timeOf(values.validFrom);
  const validUntil = timeOf(values.validUntil);
  const title = values.title.trim();
  const slug = values.slug.trim();
  return {
    url: values.url.trim(),
    ...(slug !== "" && { slug }),
    ...(values.domain !== "" && { domain: values.domain }),
    ...(title !== "" && { title }),
    ...(values.tags.length > 0 && { tags: values.tags }),
    ...(values.status !== 302 && { status: values.status }),
    ...(validFrom !== undefined && { validFrom }),
    ...(validUntil !== undefined && { validUntil }),
    ...(values.maxVisits !== "" && { maxVisits: values.maxVisits }),
    ...(values.password !== "" && { password: values.password }),
    ...(values.forwardQuery && { forwardQuery: true }),
    ...(values.rules.length > 0 && { rules: values.rules.map(ruleOf) }),
    ...(values.variants.length > 0 && { variants: variantsOf(values) }),
  };
}

/** Everything that a form says, as a change. */
function wholeChange(values: LinkValues): LinkChange {
  const title = values.title.trim();
  return {
    url: values.url.trim(),
    title: title === "" ? null : title,
    tags: values.tags,
    status: values.status,
    validFrom: timeOf(values.validFrom) ?? null,
    validUntil: timeOf(values.validUntil) ?? null,
    maxVisits: values.maxVisits === "" ? null : values.maxVisits,
    forwardQuery: values.forwardQuery,
    rules: values.rules.map(ruleOf),
    variants: variantsOf(values),
  };
}

/** Only what differs from the link; undefined when nothing does. */
export function changeOf(values: LinkValues, link: Link): LinkChange | undefined {
  const before = new Map(Object.entries(wholeChange(valuesOf(link))));
  const differs = ([name, value]: [string, unknown]): boolean =>
    JSON.stringify(before.get(name)) !== JSON.stringify(value);
  const change: LinkChange = Object.fromEntries(
    Object.entries(wholeChange(values)).filter(differs),
  );
  if (values.removePassword) change.password = null;
  else if (values.password !== "") change.password = values.password;
  return Object.keys(change).length === 0 ? undefined : change;
}

const fields = new Set(Object.keys(emptyValues()));

/** The API's path of a field → the form's: `rules.0.when.address.1` → `rules.0.address`. */
export function linkFieldOf(path: string): string | undefined {
  const parts = path.split(".").filter((part) => part !== "when");
  const [first = "", at, third] = parts;
  if (!fields.has(first)) return undefined;
  if (first !== "rules" && first !== "variants") return first;
  if (at === undefined) return first;
  return [first, at, third ?? "url"].join(".");
}

/** Problems that name no field, and the field they are about. */
export const linkCodeFields: Readonly<Record<string, string>> = {
  url_invalid: "url",
  url_scheme_refused: "url",
  url_credentials_refused: "url",
  url_loops: "url",
  url_blocked: "url",
  slug_taken: "slug",
  slug_reserved: "slug",
  slug_refused: "slug",
  domain_unknown: "domain",
  validity_empty: "validUntil",
};
