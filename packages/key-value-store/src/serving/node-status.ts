/** A node's status: what its cluster knows, with its own disk and process. */
import type { Clock } from "@tenfold/core";
import type { NodeStatus } from "../admin.ts";
import { ringStatus } from "../cluster/status.ts";
import type { HotKeys } from "../keyspace/hot-keys.ts";
import type { StoreNode } from "../node/node.ts";

const VERSION = "0.1.0";

export interface StatusDeps {
  readonly name: string;
  readonly cluster: string;
  readonly clock: Clock;
  readonly node: StoreNode;
  readonly startedMs: number;
  readonly hotKeys: HotKeys;
  readonly storage: {
    readonly readOnly: string | undefined;
    readonly bytes: () => Promise<number>;
  };
  /** Of this process. */
  readonly residentBytes: () => number;
}

/** O(partitions × copies). */
export async function readStatus(deps: StatusDeps): Promise<NodeStatus> {
  const { name, cluster, clock, node, storage } = deps;
  const ring = ringStatus(name, node, clock.monotonic());
  return {
    ...ring,
    name,
    cluster,
    version: VERSION,
    state: stateOf(ring.members.find((member) => member.name === name)?.state, storage.readOnly),
    reason: storage.readOnly,
    uptimeMs: clock.monotonic() - deps.startedMs,
    keys: keysOf(deps),
    storage: { bytes: await storage.bytes(), residentBytes: deps.residentBytes() },
  };
}

const KEYS_SHOWN = 10;

function keysOf({ node, hotKeys, clock }: StatusDeps): NodeStatus["keys"] {
  const hottest = hotKeys
    .top(KEYS_SHOWN)
    .map(({ key, perSecond }) => ({ key: showKey(key), perSecond }));
  const last = node.inventory.last();
  if (last === undefined) return { hottest, counted: undefined };
  const { endedMs, ...counts } = last;
  const biggest = counts.biggest.map(({ key, ...size }) => ({ key: showKey(key), ...size }));
  return { hottest, counted: { ...counts, biggest, ageMs: clock.monotonic() - endedMs } };
}

const KEY_CHARACTERS_MAX = 80;

/** A key as people read it: what is no printable text as `\\x…`, and not without end. */
function showKey(key: Uint8Array): string {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  const text = bytes.toString();
  const isText = Buffer.from(text).equals(bytes) && !/\p{C}/u.test(text);
  const hex = (byte: number): string => `\\x${byte.toString(16).padStart(2, "0")}`;
  const shown = isText
    ? text
    : [...bytes]
        .map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : hex(byte)))
        .join("");
  return shown.length > KEY_CHARACTERS_MAX ? `${shown.slice(0, KEY_CHARACTERS_MAX)}…` : shown;
}

function stateOf(
  own: NodeStatus["members"][number]["state"] | undefined,
  readOnly: string | undefined,
): NodeStatus["state"] {
  if (readOnly !== undefined) return "read-only";
  if (own === undefined || own === "joining") return "joining";
  return own === "leaving" ? "leaving" : "serving";
}
