/** A rule as a form holds it: every condition has a field, an empty one says nothing. */
import { randomId } from "@mantine/hooks";
import type { Condition, Rule } from "@tenfold/url-shortener/contract";
import { localOf, timeOf } from "./local-time.ts";

type Device = NonNullable<Condition["device"]>[number];

export const devices: readonly { value: Device; label: string }[] = [
  { value: "desktop", label: "Desktop" },
  { value: "mobile", label: "Phone" },
  { value: "tablet", label: "Tablet" },
  { value: "ios", label: "iPhone or iPad" },
  { value: "android", label: "Android" },
];

/** The conditions a rule can have, in the order in which they are offered. */
export const conditions = [
  { name: "device", label: "Device" },
  { name: "browser", label: "Browser" },
  { name: "language", label: "Language" },
  { name: "country", label: "Country" },
  { name: "query", label: "Query parameter" },
  { name: "address", label: "Address range" },
  { name: "after", label: "Not before" },
  { name: "before", label: "Only before" },
] as const;
export type ConditionName = (typeof conditions)[number]["name"];

export interface RuleValues {
  /** For React only. */
  key: string;
  url: string;
  /** The conditions that are shown, in the order in which they were added. */
  shown: ConditionName[];
  device: Device[];
  browser: string[];
  language: string[];
  country: string[];
  query: string;
  queryValue: string;
  address: string[];
  after: string;
  before: string;
}

/** A rule by device, the most common one. */
export function emptyRule(): RuleValues {
  return {
    key: randomId(),
    url: "",
    shown: ["device"],
    device: [],
    browser: [],
    language: [],
    country: [],
    query: "",
    queryValue: "",
    address: [],
    after: "",
    before: "",
  };
}

/** A rule of a link, for a form. */
export function ruleValuesOf({ when, url }: Rule): RuleValues {
  return {
    key: randomId(),
    url,
    shown: conditions.map(({ name }) => name).filter((name) => when[name] !== undefined),
    device: when.device ?? [],
    browser: when.browser ?? [],
    language: when.language ?? [],
    country: when.country ?? [],
    query: when.query?.name ?? "",
    queryValue: when.query?.value ?? "",
    address: when.address ?? [],
    after: localOf(when.after),
    before: localOf(when.before),
  };
}

/** The rule that a form says. */
export function ruleOf(values: RuleValues): Rule {
  const shows = (name: ConditionName): boolean => values.shown.includes(name);
  const after = timeOf(values.after);
  const before = timeOf(values.before);
  const query = values.query.trim();
  const list = (name: ConditionName, items: readonly unknown[]) => shows(name) && items.length > 0;
  return {
    url: values.url.trim(),
    when: {
      ...(list("device", values.device) && { device: values.device }),
      ...(list("browser", values.browser) && { browser: values.browser }),
      ...(list("language", values.language) && { language: values.language }),
      ...(list("country", values.country) && { country: values.country }),
      ...(list("address", values.address) && { address: values.address }),
      ...(shows("query") &&
        query !== "" && {
          query: {
            name: query,
            ...(values.queryValue !== "" && { value: values.queryValue }),
          },
        }),
      ...(shows("after") && after !== undefined && { after }),
      ...(shows("before") && before !== undefined && { before }),
    },
  };
}

/** What is wrong with a rule before anyone is asked, or null. */
export function ruleProblem(values: RuleValues): string | null {
  return Object.keys(ruleOf(values).when).length === 0
    ? "A rule needs at least one condition."
    : null;
}
