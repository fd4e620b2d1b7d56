/** Commands on strings and counters. */
import type { Bytes, ExpiryChange, SetOptions, SetOutcome } from "../keyspace.ts";
import { formatDouble, parseFloating, parseInteger } from "../numbers.ts";
import { OK, type Reply } from "../resp/reply.ts";
import type { Arguments } from "./arguments.ts";
import { allKeys, keyValuePairs, oneKey, replyTo, type Call, type CommandSpec } from "./command.ts";
import { positiveTime, timeForm, type TimeForm } from "./expiry-options.ts";
import { NOT_A_FLOAT, NOT_AN_INTEGER, refuse, SYNTAX, wrongArity } from "./refusal.ts";

const group = "string";

export const stringCommands: readonly CommandSpec[] = [
  {
    name: "get",
    arity: 2,
    flags: ["readonly", "fast"],
    keys: oneKey,
    group,
    since: "1.0.0",
    summary: "Get the value of a key",
    run: (args, { keyspace }) => replyTo(keyspace.strings.get(args.bytes()), orNull),
  },
  {
    name: "set",
    arity: -3,
    flags: ["write", "denyoom"],
    keys: oneKey,
    group,
    since: "1.0.0",
    summary: "Set the string value of a key",
    run: set,
  },
  {
    name: "setnx",
    arity: 3,
    flags: ["write", "denyoom", "fast"],
    keys: oneKey,
    group,
    since: "1.0.0",
    summary: "Set the value of a key, only if the key does not exist",
    run: async (args, { keyspace }) => {
      const options: SetOptions = { when: "if-absent" };
      const { written } = await keyspace.strings.set(args.bytes(), args.bytes(), options);
      return written ? 1 : 0;
    },
  },
  expiringSet("setex", { unitMs: 1000, relative: true }, "2.0.0"),
  expiringSet("psetex", { unitMs: 1, relative: true }, "2.6.0"),
  {
    name: "getset",
    arity: 3,
    flags: ["write", "denyoom", "fast"],
    keys: oneKey,
    group,
    since: "1.0.0",
    summary: "Set the string value of a key and return its old value",
    run: async (args, { keyspace }) => {
      const options: SetOptions = { wantsPrevious: true };
      return (await keyspace.strings.set(args.bytes(), args.bytes(), options)).previous ?? null;
    },
  },
  {
    name: "getdel",
    arity: 2,
    flags: ["write", "fast"],
    keys: oneKey,
    group,
    since: "6.2.0",
    summary: "Get the value of a key and delete the key",
    run: async (args, { keyspace }) => (await keyspace.strings.take(args.bytes())) ?? null,
  },
  {
    name: "getex",
    arity: -2,
    flags: ["write", "fast"],
    keys: oneKey,
    group,
    since: "6.2.0",
    summary: "Get the value of a key and optionally set its expiration",
    run: getex,
  },
  {
    name: "mget",
    arity: -2,
    flags: ["readonly", "fast"],
    keys: allKeys,
    group,
    since: "1.0.0",
    summary: "Get the values of all the given keys",
    run: async (args, { keyspace }) => {
      const values = await keyspace.strings.getMany(args.rest());
      return values.map((value) => value ?? null);
    },
  },
  {
    name: "mset",
    arity: -3,
    flags: ["write", "denyoom"],
    keys: keyValuePairs,
    group,
    since: "1.0.1",
    summary: "Set multiple keys to multiple values",
    run: async (args, { keyspace }) => {
      await keyspace.strings.setMany(args.pairs() ?? refuse(wrongArity("mset")));
      return OK;
    },
  },
  {
    name: "strlen",
    arity: 2,
    flags: ["readonly", "fast"],
    keys: oneKey,
    group,
    since: "2.2.0",
    summary: "Get the length of the value stored in a key",
    run: async (args, { keyspace }) => (await keyspace.strings.get(args.bytes()))?.length ?? 0,
  },
  counter("incr", 2, () => 1n),
  counter("decr", 2, () => -1n),
  counter("incrby", 3, (args) => args.integer()),
  counter("decrby", 3, (args) => {
    const by = args.integer();
    // Its negative does not fit 64 bits.
    return by === -(2n ** 63n) ? refuse("decrement would overflow") : -by;
  }),
  {
    name: "incrbyfloat",
    arity: 3,
    flags: ["write", "denyoom", "fast"],
    keys: oneKey,
    group,
    since: "2.6.0",
    summary: "Increment the float value of a key by the given amount",
    run: async (args, { keyspace }) => {
      const key = args.bytes();
      const by = parseFloating(args.bytes());
      // Redis looks at the key's type first, here only.
      if (by === undefined || !Number.isFinite(by)) await keyspace.strings.get(key);
      if (by === undefined) refuse(NOT_A_FLOAT);
      if (!Number.isFinite(by)) refuse("increment would produce NaN or Infinity");
      return formatDouble(await keyspace.strings.incrementFloat(key, by));
    },
  },
];

function counter(name: string, arity: number, by: (args: Arguments) => bigint): CommandSpec {
  return {
    name,
    arity,
    flags: ["write", "denyoom", "fast"],
    keys: oneKey,
    group,
    since: "1.0.0",
    summary: `${name.startsWith("incr") ? "Increment" : "Decrement"} the integer value of a key${arity === 3 ? " by the given number" : " by one"}`,
    run: (args, { keyspace }) => keyspace.strings.increment(args.bytes(), by(args)),
  };
}

function expiringSet(name: string, form: TimeForm, since: string): CommandSpec {
  const unit = form.unitMs === 1 ? " in milliseconds" : "";
  return {
    name,
    arity: 4,
    flags: ["write", "denyoom"],
    keys: oneKey,
    group,
    since,
    summary: `Set the value and expiration${unit} of a key`,
    run: async (args, { keyspace }) => {
      const key = args.bytes();
      const amount = args.integer();
      const atMs = positiveTime(amount, form, { command: name, nowMs: keyspace.now() });
      await keyspace.strings.set(key, args.bytes(), { expiry: { kind: "at", atMs } });
      return OK;
    },
  };
}

/** SET key value [NX | XX] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL] */
function set(args: Arguments, { keyspace }: Call): Reply | Promise<Reply> {
  const key = args.bytes();
  const value = args.bytes();
  if (args.left === 0) return replyTo(keyspace.strings.set(key, value), okWhenWritten);
  const options: SetOptions = {};
  const expiry = new ExpiryChoice();
  while (args.left > 0) {
    const option = args.option();
    if (option === "NX" || option === "XX") {
      const when = option === "NX" ? "if-absent" : "if-present";
      if (options.when !== undefined && options.when !== when) refuse(SYNTAX);
      options.when = when;
    } else if (option === "GET") options.wantsPrevious = true;
    else if (option === "KEEPTTL") expiry.choose({ kind: "keep" });
    else expiry.chooseTime(option, args);
  }
  const change = expiry.resolve("set", keyspace.now());
  if (change !== undefined) options.expiry = change;
  const outcome = keyspace.strings.set(key, value, options);
  return replyTo(outcome, options.wantsPrevious === true ? previousValue : okWhenWritten);
}

const orNull = (value: Bytes | undefined): Reply => value ?? null;
const okWhenWritten = ({ written }: SetOutcome): Reply => (written ? OK : null);
const previousValue = ({ previous }: SetOutcome): Reply => previous ?? null;

/** GETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST] */
async function getex(args: Arguments, { keyspace }: Call): Promise<Reply> {
  const key = args.bytes();
  const expiry = new ExpiryChoice();
  while (args.left > 0) {
    const option = args.option();
    if (option === "PERSIST") expiry.choose({ kind: "clear" });
    else expiry.chooseTime(option, args);
  }
  const change = expiry.resolve("getex", keyspace.now());
  const { strings } = keyspace;
  const value = await (change === undefined ? strings.get(key) : strings.touch(key, change));
  return value ?? null;
}

/** At most one option that changes the expiry; its number is read when all options are known. */
class ExpiryChoice {
  #plain: ExpiryChange | undefined;
  #time: { form: TimeForm; word: Buffer; option: string } | undefined;

  choose(change: ExpiryChange): void {
    if (this.#time !== undefined) refuse(SYNTAX);
    this.#plain = change;
  }

  chooseTime(option: string, args: Arguments): void {
    const form = timeForm(option) ?? refuse(SYNTAX);
    if (this.#plain !== undefined) refuse(SYNTAX);
    if (this.#time !== undefined && this.#time.option !== option) refuse(SYNTAX);
    this.#time = { form, word: args.bytes(), option };
  }

  resolve(command: string, nowMs: number): ExpiryChange | undefined {
    if (this.#time === undefined) return this.#plain;
    const amount = parseInteger(this.#time.word) ?? refuse(NOT_AN_INTEGER);
    return { kind: "at", atMs: positiveTime(amount, this.#time.form, { command, nowMs }) };
  }
}
