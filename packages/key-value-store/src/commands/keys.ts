/** Commands on keys of any type: removing, counting, expiry, and SCAN. */
import type { ExpireCondition, ValueType } from "../keyspace.ts";
import type { Reply } from "../resp/reply.ts";
import { parseInteger } from "../numbers.ts";
import type { Arguments } from "./arguments.ts";
import { allKeys, oneKey, type Call, type CommandSpec } from "./command.ts";
import { anyTime, type TimeForm } from "./expiry-options.ts";
import { NOT_AN_INTEGER, refuse } from "./refusal.ts";
import { scanReply, takeCursor, takeScanOptions } from "./scan.ts";

const group = "generic";

export const keyCommands: readonly CommandSpec[] = [
  removal("del", "1.0.0", "Delete keys"),
  removal("unlink", "4.0.0", "Delete keys asynchronously"),
  counting("exists", "1.0.0", "Count how many of the keys exist"),
  counting("touch", "3.2.1", "Count how many of the keys exist"),
  {
    name: "type",
    arity: 2,
    flags: ["readonly", "fast"],
    keys: oneKey,
    group,
    since: "1.0.0",
    summary: "Determine the type stored at a key",
    run: async (args, { keyspace }) => ({
      simple: (await keyspace.keys.typeOf(args.bytes())) ?? "none",
    }),
  },
  expiring("expire", { unitMs: 1000, relative: true }, "1.0.0"),
  expiring("pexpire", { unitMs: 1, relative: true }, "2.6.0"),
  expiring("expireat", { unitMs: 1000, relative: false }, "1.2.0"),
  expiring("pexpireat", { unitMs: 1, relative: false }, "2.6.0"),
  timeLeft("ttl", { unitMs: 1000, relative: true }, "1.0.0"),
  timeLeft("pttl", { unitMs: 1, relative: true }, "2.6.0"),
  timeLeft("expiretime", { unitMs: 1000, relative: false }, "7.0.0"),
  timeLeft("pexpiretime", { unitMs: 1, relative: false }, "7.0.0"),
  {
    name: "persist",
    arity: 2,
    flags: ["write", "fast"],
    keys: oneKey,
    group,
    since: "2.2.0",
    summary: "Remove the expiration from a key",
    run: async (args, { keyspace }) => ((await keyspace.keys.persist(args.bytes())) ? 1 : 0),
  },
  {
    name: "scan",
    arity: -2,
    flags: ["readonly"],
    group,
    since: "2.8.0",
    summary: "Incrementally iterate the keys of the keyspace",
    order: "alone",
    run: scan,
  },
];

function removal(name: string, since: string, summary: string): CommandSpec {
  return {
    name,
    arity: -2,
    flags: ["write"],
    keys: allKeys,
    group,
    since,
    summary,
    run: (args, { keyspace }) => keyspace.keys.remove(args.rest()),
  };
}

function counting(name: string, since: string, summary: string): CommandSpec {
  return {
    name,
    arity: -2,
    flags: ["readonly", "fast"],
    keys: allKeys,
    group,
    since,
    summary,
    run: (args, { keyspace }) => keyspace.keys.count(args.rest()),
  };
}

function expiring(name: string, form: TimeForm, since: string): CommandSpec {
  return {
    name,
    arity: -3,
    flags: ["write", "fast"],
    keys: oneKey,
    group,
    since,
    summary: `Set the expiration of a key${form.relative ? "" : " to a point in time"}`,
    run: async (args, { keyspace }) => {
      const key = args.bytes();
      const amountWord = args.bytes();
      const { when, onlyVolatile } = takeConditions(args);
      const amount = parseInteger(amountWord) ?? refuse(NOT_AN_INTEGER);
      const atMs = anyTime(amount, form, { command: name, nowMs: keyspace.now() });
      if (onlyVolatile && (await keyspace.keys.expiryOf(key))?.atMs === undefined) return 0;
      return (await keyspace.keys.expire(key, atMs, when)) ? 1 : 0;
    },
  };
}

/** NX, XX, GT and LT. The port has one condition; XX with LT is the one pair that is none of them. */
function takeConditions(args: Arguments): { when: ExpireCondition; onlyVolatile: boolean } {
  const found = new Set<string>();
  while (args.left > 0) {
    const text = args.text();
    const option = text.toUpperCase();
    if (!["NX", "XX", "GT", "LT"].includes(option)) refuse(`Unsupported option ${text}`);
    found.add(option);
  }
  if (found.has("NX") && found.size > 1) {
    refuse("NX and XX, GT or LT options at the same time are not compatible");
  }
  if (found.has("GT") && found.has("LT")) {
    refuse("GT and LT options at the same time are not compatible");
  }
  if (found.has("GT")) return { when: "if-later", onlyVolatile: false };
  if (found.has("LT")) return { when: "if-earlier", onlyVolatile: found.has("XX") };
  if (found.has("NX")) return { when: "if-persistent", onlyVolatile: false };
  return { when: found.has("XX") ? "if-volatile" : "always", onlyVolatile: false };
}

function timeLeft(name: string, form: TimeForm, since: string): CommandSpec {
  const what = form.relative ? "the time left of" : "when";
  return {
    name,
    arity: 2,
    flags: ["readonly", "fast"],
    keys: oneKey,
    group,
    since,
    summary: `Get ${what} a key${form.relative ? "" : " will expire"}`,
    run: async (args, { keyspace }) => {
      const expiry = await keyspace.keys.expiryOf(args.bytes());
      if (expiry === undefined) return -2;
      if (expiry.atMs === undefined) return -1;
      const ms = form.relative ? Math.max(0, expiry.atMs - keyspace.now()) : expiry.atMs;
      return form.unitMs === 1 ? Math.trunc(ms) : Math.trunc((ms + 500) / 1000);
    },
  };
}

const types: ReadonlyMap<string, ValueType> = new Map(
  (["string", "hash", "set", "zset"] as const).map((type) => [type, type]),
);

/** SCAN cursor [MATCH pattern] [COUNT count] [TYPE type] */
async function scan(args: Arguments, { keyspace }: Call): Promise<Reply> {
  const cursor = takeCursor(args);
  const { type, ...options } = takeScanOptions(args, { types: true });
  if (type === undefined)
    return scanReply(await keyspace.keys.scan(cursor, options), (key) => [key]);
  const known = types.get(type.toLowerCase());
  // No key has a type that does not exist; the scan goes on all the same, as in Redis.
  const page = await keyspace.keys.scan(
    cursor,
    known === undefined ? options : { ...options, type: known },
  );
  return scanReply(page, (key) => (known === undefined ? [] : [key]));
}
