/**
 * Hosts that no link may lead to: those of the settings and their file, and
 * those an administrator has banned, kept in memory so that a redirect asks
 * nobody. A host stands for its subdomains too.
 */
import { readFile } from "node:fs/promises";
import { coversHost, hostOf, parseHost } from "./url.ts";

export interface Blocklist {
  isBlocked: (host: string) => boolean;
  /** True when any of a link's targets is blocked. */
  blocksAny: (urls: readonly string[]) => boolean;
  /** Reads the file, once, and the banned hosts. */
  start(): Promise<void>;
  /** Reads the banned hosts again. */
  reload(): Promise<void>;
}

export interface BlocklistOptions {
  hosts: readonly string[];
  file: string | undefined;
}

/** `store` gives the hosts banned at this moment. Empty until started. */
export function createBlocklist(
  store: { bannedHosts(): Promise<readonly string[]> },
  options: BlocklistOptions,
): Blocklist {
  let settled: ReadonlySet<string> = new Set();
  let banned: ReadonlySet<string> = new Set();
  const isBlocked = (host: string): boolean =>
    coversHost(banned, host) || coversHost(settled, host);
  const reload = async (): Promise<void> => {
    banned = new Set(await store.bannedHosts());
  };
  return {
    isBlocked,
    blocksAny: (urls) =>
      (banned.size > 0 || settled.size > 0) && urls.some((url) => isBlocked(hostOf(url))),
    async start() {
      const text = options.file === undefined ? "" : await readFile(options.file, "utf8");
      settled = new Set([...options.hosts, ...parseHostList(text)].map(requireHost));
      await reload();
    },
    reload,
  };
}

/** One host per line; `#` starts a comment; the address of a hosts file (`0.0.0.0 name`) is skipped. */
export function parseHostList(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*/, "").trim().split(/\s+/).at(-1) ?? "")
    .filter((host) => host !== "");
}

function requireHost(name: string): string {
  const host = parseHost(name);
  if (host === undefined) throw new RangeError(`"${name}" in the blocked hosts is not a host name`);
  return host;
}
