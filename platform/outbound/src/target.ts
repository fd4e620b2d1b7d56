/**
 * Which URLs may be fetched, before any name is resolved.
 *
 * Ports: since only public addresses are reached at all, a port's danger is
 * that of speaking HTTP to something else (a line protocol that takes our
 * header lines for commands). Below 1024 that is everything but 80 and 443.
 * Above, sites do live on odd ports, so all are allowed but those of the fetch
 * standard's "bad ports" and of well-known data engines.
 */
import { outboundErrors } from "./errors.ts";

/** https://fetch.spec.whatwg.org/#port-blocking, those from 1024. */
const badPorts = [
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669,
  6679, 6697, 10080,
];
/** SQL Server, Oracle, Docker, etcd, MySQL, RDP, Postgres, AMQP, Redis, Cassandra, Kafka, memcached, MongoDB. */
const enginePorts = [
  1433, 1521, 2375, 2376, 2379, 2380, 3306, 3389, 5432, 5433, 5672, 6379, 6380, 6432, 9042, 9092,
  11211, 27017, 27018,
];
const forbiddenPorts: ReadonlySet<number> = new Set([...badPorts, ...enginePorts]);

const URL_LENGTH_MAX = 8_192;

/**
 * The URL, normalised as browsers do (`http://0x7f.1` becomes 127.0.0.1), or
 * throws `url_invalid` saying why not. Resolves nothing.
 */
export function parseTarget(text: string, base?: string): URL {
  const url = text.length <= URL_LENGTH_MAX ? URL.parse(text, base) : null;
  if (url === null) {
    throw outboundErrors.url_invalid({
      detail: `This is not an absolute URL of at most ${URL_LENGTH_MAX} characters.`,
    });
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw outboundErrors.url_invalid({ detail: "Only http and https URLs can be fetched." });
  }
  if (url.username !== "" || url.password !== "") {
    throw outboundErrors.url_invalid({ detail: "A URL with a user name or password is refused." });
  }
  const port = portOf(url);
  if ((port < 1024 && port !== 80 && port !== 443) || forbiddenPorts.has(port)) {
    throw outboundErrors.url_invalid({ detail: `Port ${port} is not a web server's.` });
  }
  url.hash = "";
  return url;
}

/** The port, also when the URL leaves it to its scheme. */
export function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : 80;
}
