/** What one node of the key-value store can be told: `./tenfold kv node`. */
import type { BucketConfig, TlsFiles } from "@tenfold/key-value-store";
import {
  choiceSetting,
  integerSetting,
  listSetting,
  readSettings,
  settingErrors,
  textSetting,
  type Settings,
} from "@tenfold/core";
import type { FlagSpec } from "../cli/command.ts";
import { platformSettings, refuseUnknownSettings } from "../config.ts";
import { parseAddress, type Address } from "./address.ts";
import { readBuckets, readDial, readTls } from "./json-settings.ts";
import type { LogLevel } from "./line-log.ts";

export const kvNodeSettings = {
  TENFOLD_KV_NAME: textSetting({
    help: "The node's name, unique in its cluster and the same for ever",
    default: "node",
  }),
  TENFOLD_KV_DATA: textSetting({
    help: "Folder of the node's data; one node each",
    default: "./data/key-value/node",
  }),
  TENFOLD_KV_LISTEN: textSetting({
    help: "Where clients connect, `host:port`; port 0 takes a free one",
    default: "127.0.0.1:7001",
  }),
  TENFOLD_KV_PEERS: textSetting({
    help: "Where other nodes connect, `host:port`; by default 10,000 ports above the clients'",
    default: undefined,
  }),
  TENFOLD_KV_JOIN: listSetting({
    help: "Peer addresses of nodes of the cluster to join, comma-separated; none starts a new one",
    default: [],
  }),
  TENFOLD_KV_CLUSTER: textSetting({
    help: "Name of the cluster; nodes of another one are refused",
    default: "tenfold",
  }),
  TENFOLD_KV_SECRET: textSetting({
    help: "What all nodes of a cluster know, and nobody else; needed as soon as others can reach the peers' port",
    default: undefined,
    secret: true,
  }),
  TENFOLD_KV_PASSWORD: textSetting({
    help: "What clients must give to AUTH; none when absent",
    default: undefined,
    secret: true,
  }),
  TENFOLD_KV_ZONE: textSetting({
    help: "The rack, room or data centre the node stands in; copies are spread over zones",
    default: "",
  }),
  TENFOLD_KV_WEIGHT: integerSetting({
    help: "The node's share of the data, beside the others' weights",
    default: 1,
    min: 1,
    max: 100,
  }),
  TENFOLD_KV_COPIES: integerSetting({
    help: "Nodes that hold each key (N); decided when the cluster is made",
    default: 3,
    min: 1,
    max: 7,
  }),
  TENFOLD_KV_DURABILITY: choiceSetting({
    help: "What a write waits for on each node: `disk` is an fsync, `memory` is not safe from a power cut",
    default: "disk",
    choices: ["disk", "memory"],
  }),
  TENFOLD_KV_BUCKETS: textSetting({
    help: "Which keys are kept how: a JSON list of `{prefix, copies, resolve, readQuorum, writeQuorum, siblingsMax, durability}`, or a file with one; what is left out is as by default, and `copies` is decided when the cluster is made",
    default: undefined,
  }),
  TENFOLD_KV_DIAL: textSetting({
    help: "A JSON file with other addresses for some nodes, `{name: {host, port}}`, where this node reaches them by a way of its own",
    default: undefined,
  }),
  TENFOLD_KV_KEY_BYTES_MAX: integerSetting({
    help: "Longest key, in bytes; the same on all nodes",
    default: 1_024,
    min: 16,
    max: 16_384,
  }),
  TENFOLD_KV_VALUE_BYTES_MAX: integerSetting({
    help: "Longest value, in bytes; the same on all nodes",
    default: 1_048_576,
    min: 64,
    max: 8_388_608,
  }),
  TENFOLD_KV_TLS_KEY: textSetting({
    help: "File with this node's private key (PEM), for TLS between nodes",
    default: undefined,
  }),
  TENFOLD_KV_TLS_CERT: textSetting({
    help: "File with its certificate (PEM)",
    default: undefined,
  }),
  TENFOLD_KV_TLS_CA: textSetting({
    help: "File with the certificate of the authority that signed all nodes' (PEM); who has none of it is refused",
    default: undefined,
  }),
  TENFOLD_KV_METRICS_PORT: integerSetting({
    help: "Port for GET /metrics on the clients' host; 0 for none",
    default: 0,
    min: 0,
    max: 65_535,
  }),
} satisfies Settings;

/** Flags of `kv node`. Secrets have none: a command line can be read by others. */
export const kvNodeFlags = {
  name: { value: "name", help: "The node's name (default node)", env: "TENFOLD_KV_NAME" },
  data: { value: "folder", help: "Folder of its data", env: "TENFOLD_KV_DATA" },
  listen: {
    value: "host:port",
    help: "Where clients connect (default 127.0.0.1:7001)",
    env: "TENFOLD_KV_LISTEN",
  },
  peers: {
    value: "host:port",
    help: "Where other nodes connect (default 10,000 ports above)",
    env: "TENFOLD_KV_PEERS",
  },
  join: {
    value: "addresses",
    help: "Peer addresses of the cluster to join, comma-separated",
    env: "TENFOLD_KV_JOIN",
  },
  cluster: { value: "name", help: "Name of the cluster", env: "TENFOLD_KV_CLUSTER" },
  zone: { value: "name", help: "Copies are spread over zones", env: "TENFOLD_KV_ZONE" },
  weight: {
    value: "number",
    help: "Its share beside the others' (default 1)",
    env: "TENFOLD_KV_WEIGHT",
  },
  copies: {
    value: "number",
    help: "Nodes that hold each key (default 3)",
    env: "TENFOLD_KV_COPIES",
  },
  durability: {
    value: "disk|memory",
    help: "What a write waits for (default disk)",
    env: "TENFOLD_KV_DURABILITY",
  },
  metrics: {
    value: "port",
    help: "Port for GET /metrics (default none)",
    env: "TENFOLD_KV_METRICS_PORT",
  },
} satisfies Record<string, FlagSpec>;

export interface KvNodeConfig {
  name: string;
  data: string;
  cluster: string;
  listen: Address;
  peer: Address;
  join: readonly Address[];
  secret: string | undefined;
  password: string | undefined;
  zone: string;
  weight: number;
  copies: number;
  durability: "disk" | "memory";
  buckets: readonly BucketConfig[] | undefined;
  /** Other addresses for some nodes. */
  dial: Readonly<Record<string, Address>> | undefined;
  tls: TlsFiles | undefined;
  limits: { keyBytesMax: number; valueBytesMax: number };
  metricsPort: number | undefined;
  logLevel: LogLevel;
}

const loopback = /^(127\.|::1$|localhost$)/;

/** Reads the settings; refuses what contradicts itself. */
export function readKvNodeConfig(
  source: Readonly<Record<string, string | undefined>>,
): KvNodeConfig {
  const own = Object.fromEntries(
    Object.entries(source).filter(([name]) => name.startsWith("TENFOLD_KV_")),
  );
  refuseUnknownSettings(own, Object.keys(kvNodeSettings));
  const values = readSettings(kvNodeSettings, source);
  const { TENFOLD_LOG_LEVEL } = platformSettings;
  const listen = parseAddress(values.TENFOLD_KV_LISTEN, "TENFOLD_KV_LISTEN");
  const peer = parseAddress(
    values.TENFOLD_KV_PEERS ?? `${listen.host}:${listen.port === 0 ? 0 : peerPortOf(listen.port)}`,
    "TENFOLD_KV_PEERS",
  );
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(values.TENFOLD_KV_NAME)) {
    throw wrong("TENFOLD_KV_NAME", "must be letters, digits, dots and dashes, at most 63");
  }
  if (values.TENFOLD_KV_SECRET === undefined && !loopback.test(peer.host)) {
    throw wrong("TENFOLD_KV_SECRET", `is needed: others can reach ${peer.host}`);
  }
  return {
    name: values.TENFOLD_KV_NAME,
    data: values.TENFOLD_KV_DATA,
    cluster: values.TENFOLD_KV_CLUSTER,
    listen,
    peer,
    join: values.TENFOLD_KV_JOIN.map((text) => parseAddress(text, "TENFOLD_KV_JOIN")),
    secret: values.TENFOLD_KV_SECRET,
    password: values.TENFOLD_KV_PASSWORD,
    zone: values.TENFOLD_KV_ZONE,
    weight: values.TENFOLD_KV_WEIGHT,
    copies: values.TENFOLD_KV_COPIES,
    durability: values.TENFOLD_KV_DURABILITY,
    buckets: readBuckets(values.TENFOLD_KV_BUCKETS),
    dial: readDial(values.TENFOLD_KV_DIAL),
    limits: {
      keyBytesMax: values.TENFOLD_KV_KEY_BYTES_MAX,
      valueBytesMax: values.TENFOLD_KV_VALUE_BYTES_MAX,
    },
    tls: readTls({
      key: values.TENFOLD_KV_TLS_KEY,
      cert: values.TENFOLD_KV_TLS_CERT,
      ca: values.TENFOLD_KV_TLS_CA,
    }),
    // A person reads the few lines of a node; what is worth knowing of it is in its metrics.
    logLevel:
      source["TENFOLD_LOG_LEVEL"] === undefined
        ? "warn"
        : readSettings({ TENFOLD_LOG_LEVEL }, source).TENFOLD_LOG_LEVEL,
    metricsPort: values.TENFOLD_KV_METRICS_PORT === 0 ? undefined : values.TENFOLD_KV_METRICS_PORT,
  };
}

/** As Redis Cluster has its bus: 10,000 above, and below where there is no room. */
export const peerPortOf = (port: number): number =>
  port + 10_000 <= 65_535 ? port + 10_000 : port - 10_000;

function wrong(name: string, detail: string): Error {
  return settingErrors.setting_invalid({
    detail: `${name} ${detail}.`,
    fields: [{ field: name, detail }],
  });
}
