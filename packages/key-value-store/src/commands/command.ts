/**
 * A command as data: what clients ask about it (COMMAND, COMMAND DOCS) and what
 * the session must know to run it stand beside the function that answers it.
 */
import type { Admin } from "../admin.ts";
import type { Answer, ClusterView, Keyspace } from "../keyspace.ts";
import type { ProtocolVersion } from "../resp/reply-writer.ts";
import type { Reply } from "../resp/reply.ts";
import type { Arguments } from "./arguments.ts";

/** In Redis's words, as COMMAND lists them. */
export type CommandFlag =
  | "readonly"
  | "write"
  | "denyoom"
  | "admin"
  | "noscript"
  | "loading"
  | "stale"
  | "fast"
  | "no_auth"
  | "allow_busy";

/** Where a command's keys stand: the first and the last place, and the step between. */
export interface KeyPlaces {
  first: number;
  /** -1 is the last argument. */
  last: number;
  step: number;
}

export type CommandGroup =
  | "string"
  | "generic"
  | "hash"
  | "set"
  | "sorted-set"
  | "connection"
  | "server"
  | "cluster"
  | "versions";

export interface CommandSpec {
  /** In lower case; of a subcommand with its parent: `client|id`. */
  name: string;
  /** Words with the name; negative: at least that many. */
  arity: number;
  flags: readonly CommandFlag[];
  keys?: KeyPlaces;
  group: CommandGroup;
  /** The version of Redis that brought it. */
  since: string;
  summary: string;
  /**
   * `alone`: starts when all before it have been answered, and nothing starts
   * beside it. For what changes the connection or looks at many keys.
   */
  order?: "alone";
  run?: Handler;
  subcommands?: readonly CommandSpec[];
}

/** Answers a command. Refuses by throwing a `Refusal` or rejecting with an error of the port. */
export type Handler = (args: Arguments, call: Call) => Reply | Promise<Reply>;

/** Goes on with an answer: at once when it is there, so that no promise is made for it. */
export function replyTo<Value>(
  answer: Answer<Value>,
  toReply: (value: Value) => Reply,
): Reply | Promise<Reply> {
  return answer instanceof Promise ? answer.then(toReply) : toReply(answer);
}

/** What a handler may look at beside its arguments. */
export interface Call {
  keyspace: Keyspace;
  connection: Connection;
  front: Front;
}

/** What a connection has said of itself. */
export interface Connection {
  readonly id: number;
  /** Text whose characters are bytes. */
  name: string;
  libraryName: string;
  libraryVersion: string;
  protocol: ProtocolVersion;
  authenticated: boolean;
  /** True after QUIT: nothing more is read. */
  closing: boolean;
}

/** What all connections of a server share. */
export interface Front {
  /** Without one, clients need not sign in. */
  password: string | undefined;
  /** Without one, this node owns every slot of a cluster of one that is not announced. */
  cluster: ClusterView | undefined;
  /** What KV.STATUS and its relatives ask. Without one they are refused. */
  admin: Admin | undefined;
  /** The `field:value` lines of INFO, by section. */
  info(): Promise<ReadonlyArray<readonly [section: string, lines: readonly string[]]>>;
  /** What CONFIG GET shows. */
  config: ReadonlyMap<string, string>;
  commands: CommandLookup;
}

/** The table, as the commands that describe it see it. */
export interface CommandLookup {
  all: readonly CommandSpec[];
  find(name: string): CommandSpec | undefined;
}

/** One key, first. */
export const oneKey: KeyPlaces = Object.freeze({ first: 1, last: 1, step: 1 });
/** Nothing but keys. */
export const allKeys: KeyPlaces = Object.freeze({ first: 1, last: -1, step: 1 });
/** Keys and values by turns. */
export const keyValuePairs: KeyPlaces = Object.freeze({ first: 1, last: -1, step: 2 });

/** The keys among a command's words. Past the end there are none: arity has been checked. */
export function keysOf(spec: CommandSpec, words: readonly Buffer[]): Buffer[] {
  const { keys } = spec;
  if (keys === undefined) return [];
  const last = keys.last < 0 ? words.length + keys.last : keys.last;
  if (last === keys.first) {
    const only = words[last];
    return only === undefined ? [] : [only];
  }
  return words.filter((_, i) => i >= keys.first && i <= last && (i - keys.first) % keys.step === 0);
}

/** Whether a command of `count` words has as many as it must. */
export function fitsArity(spec: CommandSpec, count: number): boolean {
  return spec.arity < 0 ? count >= -spec.arity : count === spec.arity;
}
