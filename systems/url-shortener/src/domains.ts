/**
 * Our host names: the public URL's, and further short domains. Each short
 * domain has codes of its own; the main domain's are stored under `""`, so that
 * moving the service to another name moves its links along.
 */
import { isAddress, isLoopback, normalHost, parseHost } from "./url.ts";

export interface Domains {
  /** Every domain links can be made on, the main one first. */
  readonly names: readonly string[];
  /** The stored form of a domain's name: `""` for the main one; `undefined` for one not ours. */
  parse(name: string): string | undefined;
  /** The domain's name as people see it. */
  show(domain: string): string;
  shortUrl: (domain: string, code: string) => string;
  /**
   * Whose codes a `Host` header asks for. Besides the public host, loopback
   * names and bare addresses stand for the main domain (health checks, a phone
   * in the same network); `undefined` for any other name pointed at us.
   */
  ofHost(hostHeader: string): string | undefined;
  /** True for a host in normal form that leads back here, whatever the port. */
  isOwn: (host: string) => boolean;
}

/** The hosts remembered by `ofHost`, so that a redirect parses none. */
const HOSTS_MAX = 1000;

/**
 * Reads the configured names; throws a RangeError for one that is no host name.
 * `publicUrl` is asked each time: a server on a free port learns its own late.
 */
export function createDomains(publicUrl: () => string, domains: readonly string[]): Domains {
  const further = domains.map((name) => {
    const host = parseHost(name);
    if (host === undefined) throw new RangeError(`"${name}" is not a host name for short links`);
    return host;
  });
  let current = readMain(publicUrl(), further);
  let known = new Map<string, string | undefined>();
  const now = (): Main => {
    const text = publicUrl();
    if (text !== current.text) {
      current = readMain(text, further);
      known = new Map();
    }
    return current;
  };

  return {
    get names() {
      return [now().host, ...now().others];
    },
    parse(name) {
      const host = parseHost(name);
      if (host === now().host) return "";
      return host !== undefined && now().others.has(host) ? host : undefined;
    },
    show: (domain) => (domain === "" ? now().host : domain),
    shortUrl(domain, code) {
      const { url } = now();
      if (domain === "") return `${url.origin}/${code}`;
      // Further domains are reached at the same scheme and port as the main one.
      return `${url.protocol}//${domain}${url.port === "" ? "" : `:${url.port}`}/${code}`;
    },
    ofHost(hostHeader) {
      const main = now();
      const found = known.get(hostHeader);
      if (found !== undefined || known.has(hostHeader)) return found;
      const domain = domainOf(hostHeader, main);
      if (known.size >= HOSTS_MAX) known.clear();
      known.set(hostHeader, domain);
      return domain;
    },
    isOwn(host) {
      const main = now();
      return (
        host === main.host || main.others.has(host) || (isLoopback(main.host) && isLoopback(host))
      );
    },
  };
}

interface Main {
  /** The public URL as given. */
  text: string;
  url: URL;
  host: string;
  /** The further domains, without the main one. */
  others: ReadonlySet<string>;
}

function readMain(text: string, further: readonly string[]): Main {
  const url = new URL(text);
  const host = normalHost(url.hostname);
  return { text, url, host, others: new Set(further.filter((other) => other !== host)) };
}

function domainOf(hostHeader: string, main: Main): string | undefined {
  const url = URL.parse(`http://${hostHeader}/`);
  if (url === null) return undefined;
  const host = normalHost(url.hostname);
  if (main.others.has(host)) return host;
  return host === main.host || isLoopback(host) || isAddress(host) ? "" : undefined;
}
