/** From what a redirect knows to what is counted: a sort of click, and whose it is. */
import type { Log } from "@tenfold/core";
import {
  agentOf,
  botReason,
  countryOf,
  referrerHost,
  visitorKey,
  VisitorHashes,
} from "../visitor.ts";
import type { CountedClick, Keys } from "./cell.ts";
import { dayOfHour } from "./periods.ts";

/** What a redirect knows, as it came. */
export interface Click {
  linkId: string;
  atMs: number;
  address: string;
  userAgent?: string | undefined;
  referrer?: string | undefined;
  /** `Sec-Purpose`, `Purpose` or `X-Moz`, whichever came. */
  purpose?: string | undefined;
}

/** How a key is called when there is nothing to say. */
const unknownKey = "(unknown)";
const directKey = "(direct)";

const sortsMax = 10_000;

/**
 * Few sorts of clicks make up most of them, so each sort is one object that all
 * its clicks share. What is looked up by are strings that are remembered too.
 */
class Sorts {
  #byBrowser = new Map<string, Map<string, Map<string, Map<string, Keys>>>>();
  #count = 0;

  of(country: string, referrer: string, device: string, browser: string): Keys {
    const byDevice = inner(this.#byBrowser, browser);
    const byCountry = inner(byDevice, device);
    const byReferrer = inner(byCountry, country);
    return byReferrer.get(referrer) ?? this.#add(byReferrer, [country, referrer, device, browser]);
  }

  #add(byReferrer: Map<string, Keys>, sort: Keys): Keys {
    this.#count += 1;
    byReferrer.set(sort[1], sort);
    // Begun anew when somebody makes up referrers; those in use are soon there again.
    if (this.#count > sortsMax) {
      this.#byBrowser = new Map();
      this.#count = 0;
    }
    return sort;
  }
}

function inner<Value>(maps: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
  let map = maps.get(key);
  if (map === undefined) maps.set(key, (map = new Map()));
  return map;
}

export class Describer {
  readonly #secret: Uint8Array;
  readonly #log: Log;
  readonly #sorts = new Sorts();
  #visitors: { day: number; hashes: VisitorHashes } | undefined;

  constructor({ secret, log }: { secret: Uint8Array; log: Log }) {
    this.#secret = secret;
    this.#log = log;
  }

  describe(click: Click, hour: number): CountedClick {
    try {
      const bot = botReason(click) !== undefined;
      const agent = agentOf(click.userAgent);
      const keys = this.#sorts.of(
        countryOf(click.address) ?? unknownKey,
        referrerHost(click.referrer) ?? directKey,
        agent.device,
        agent.browser ?? unknownKey,
      );
      return { bot, keys, visitor: bot ? undefined : this.#visitor(click, hour) };
    } catch (error) {
      // A header that a library cannot read must cost its detail, not the click.
      this.#log.warn({ error }, "a click could not be described");
      return { bot: false, keys: undefined, visitor: undefined };
    }
  }

  #visitor({ address, userAgent }: Click, hour: number): number {
    const day = dayOfHour(hour);
    if (this.#visitors?.day !== day) {
      this.#visitors = { day, hashes: new VisitorHashes(visitorKey(this.#secret, day)) };
    }
    return this.#visitors.hashes.of(address, userAgent);
  }
}
