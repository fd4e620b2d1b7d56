/** What the URL shortener can be told, and how the environment says it. */
import {
  booleanSetting,
  choiceSetting,
  integerSetting,
  listSetting,
  readSettings,
  textSetting,
} from "@tenfold/core";

export interface UrlShortenerOptions {
  /** Further short domains, besides the public URL's host. Host names, no ports. */
  domains: readonly string[];
  /** `permuted`: secret permutation of a counter. `plain`: the counter itself. `hash`: of the URL. */
  codeStrategy: "permuted" | "plain" | "hash";
  /** Leaves 0, O, 1, l and I out of generated codes. */
  codesWithoutLookAlikes: boolean;
  /** Hosts that may not be shortened, subdomains included. */
  blockedHosts: readonly string[];
  /** A file with one blocked host per line; `#` starts a comment. Read at start. */
  blockedHostsFile: string | undefined;
  /** Looks up the page's title in the background when a link is made without one. */
  fetchTitles: boolean;
  /** Links held in memory for redirects. */
  cacheLinksMax: number;
  /** Unknown codes one address may try per minute and process before it gets 429. */
  missesPerMinuteMax: number;
  /** How often other processes' changes are looked up in the database when state is shared. */
  changePollMs: number;
}

export const urlShortenerDefaults: UrlShortenerOptions = Object.freeze({
  domains: [],
  codeStrategy: "permuted",
  codesWithoutLookAlikes: false,
  blockedHosts: [],
  blockedHostsFile: undefined,
  fetchTitles: true,
  cacheLinksMax: 100_000,
  missesPerMinuteMax: 120,
  changePollMs: 1000,
});

/** The settings table: read by `fromEnv`, printed as documentation. */
export const urlShortenerSettings = {
  TENFOLD_SHORT_DOMAINS: listSetting({
    help: "Further short domains, separated by commas; the public URL's host is always one.",
    default: urlShortenerDefaults.domains,
  }),
  TENFOLD_LINK_CODES: choiceSetting({
    help: "How codes are made: permuted (7 characters, not guessable), plain (counting) or hash (of the URL).",
    default: urlShortenerDefaults.codeStrategy,
    choices: ["permuted", "plain", "hash"],
  }),
  TENFOLD_LINK_CODES_WITHOUT_LOOK_ALIKES: booleanSetting({
    help: "Leaves the characters 0, O, 1, l and I out of new codes.",
    default: urlShortenerDefaults.codesWithoutLookAlikes,
  }),
  TENFOLD_BLOCKED_HOSTS: listSetting({
    help: "Hosts that may not be shortened, with their subdomains, separated by commas.",
    default: urlShortenerDefaults.blockedHosts,
  }),
  TENFOLD_BLOCKED_HOSTS_FILE: textSetting<string | undefined>({
    help: "A file with one blocked host per line, read at start.",
    default: urlShortenerDefaults.blockedHostsFile,
  }),
  TENFOLD_FETCH_TITLES: booleanSetting({
    help: "Looks up a page's title when a link is made without one.",
    default: urlShortenerDefaults.fetchTitles,
  }),
  TENFOLD_LINK_CACHE: integerSetting({
    help: "Links held in memory for redirects, per process.",
    default: urlShortenerDefaults.cacheLinksMax,
    min: 100,
    max: 2_000_000,
  }),
  TENFOLD_LINK_MISSES_PER_MINUTE: integerSetting({
    help: "Unknown codes one address may try per minute and process before it is told to slow down.",
    default: urlShortenerDefaults.missesPerMinuteMax,
    min: 1,
    max: 1_000_000,
  }),
};

/** Reads the settings table from `source`; throws `setting_invalid` naming each bad one. */
export function fromEnv(source: Readonly<Record<string, string | undefined>>): UrlShortenerOptions {
  const values = readSettings(urlShortenerSettings, source);
  return {
    ...urlShortenerDefaults,
    domains: values.TENFOLD_SHORT_DOMAINS,
    codeStrategy: values.TENFOLD_LINK_CODES,
    codesWithoutLookAlikes: values.TENFOLD_LINK_CODES_WITHOUT_LOOK_ALIKES,
    blockedHosts: values.TENFOLD_BLOCKED_HOSTS,
    blockedHostsFile: values.TENFOLD_BLOCKED_HOSTS_FILE,
    fetchTitles: values.TENFOLD_FETCH_TITLES,
    cacheLinksMax: values.TENFOLD_LINK_CACHE,
    missesPerMinuteMax: values.TENFOLD_LINK_MISSES_PER_MINUTE,
  };
}
