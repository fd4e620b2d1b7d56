/** What the platform's key-value store can be told. */
import { integerSetting, readSettings, settingErrors, textSetting } from "@tenfold/core";

export interface KeyValueOptions {
  /** A cluster elsewhere; without it, nodes run in this process. */
  url: string | undefined;
  /** Where nodes in this process keep their data; `undefined` where it may run none. */
  folder: string | undefined;
  /** The first node's port for clients on loopback; 0 takes a free one. */
  port: number;
  /** Nodes one process runs at most: they share its memory and its processor. */
  nodesMax: number;
}

export const keyValueDefaults: Readonly<KeyValueOptions> = Object.freeze({
  url: undefined,
  folder: undefined,
  port: 0,
  nodesMax: 6,
});

/** The settings an operator may give. */
export const keyValueSettings = {
  TENFOLD_KV_URL: textSetting({
    help: "A key-value cluster, `redis://:password@host:7001`; without it one node runs in the process, unless DATABASE_URL says that the data is elsewhere",
    default: undefined,
    secret: true,
  }),
  TENFOLD_KV_PORT: integerSetting({
    help: "Port on 127.0.0.1 where the node in the process takes Redis clients; 0 takes a free one",
    default: 0,
    min: 0,
    max: 65_535,
  }),
};

/** Options from the environment. */
export function fromEnv(
  source: Readonly<Record<string, string | undefined>>,
): Partial<KeyValueOptions> {
  const { TENFOLD_KV_URL: url, TENFOLD_KV_PORT: port } = readSettings(keyValueSettings, source);
  if (url !== undefined) requireUrl(url);
  return { url, port };
}

function requireUrl(url: string): void {
  if (URL.canParse(url) && /^redis:\/\/[^/]/.test(url)) return;
  const detail = "must be a URL that begins with redis://";
  throw settingErrors.setting_invalid({
    detail: `TENFOLD_KV_URL ${detail}.`,
    fields: [{ field: "TENFOLD_KV_URL", detail }],
  });
}
