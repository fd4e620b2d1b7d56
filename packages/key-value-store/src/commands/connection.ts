/** Commands that are about the connection itself. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { ProtocolVersion } from "../resp/reply-writer.ts";
import { OK, type Reply } from "../resp/reply.ts";
import type { Arguments } from "./arguments.ts";
import type { Call, CommandSpec } from "./command.ts";
import { refuse, wrongArity } from "./refusal.ts";

/** The version of Redis whose protocol and texts these are; clients look at it. */
export const REDIS_VERSION = "7.0.15";

const NO_PASSWORD =
  "AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?";
const WRONG_PASSWORD = "invalid username-password pair or user is disabled.";
const HELLO_FIRST =
  "HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time";

const common = { group: "connection", order: "alone" } as const;
const quick = ["noscript", "loading", "stale", "fast"] as const;

const clientCommands: readonly CommandSpec[] = [
  {
    ...common,
    name: "client|id",
    arity: 2,
    flags: quick,
    since: "5.0.0",
    summary: "Get the number of this connection",
    run: (_, { connection }) => connection.id,
  },
  {
    ...common,
    name: "client|getname",
    arity: 2,
    flags: quick,
    since: "2.6.9",
    summary: "Get the name of this connection",
    run: (_, { connection }) => bytesOrNull(connection.name),
  },
  {
    ...common,
    name: "client|setname",
    arity: 3,
    flags: quick,
    since: "2.6.9",
    summary: "Set the name of this connection",
    run: (args, { connection }) => {
      connection.name = printable(args.text(), "Client names");
      return OK;
    },
  },
  {
    ...common,
    name: "client|setinfo",
    arity: 4,
    flags: quick,
    since: "7.2.0",
    summary: "Say which client library this is, and its version",
    run: (args, { connection }) => {
      const field = args.text();
      const value = args.text();
      if (/^lib-name$/i.test(field)) connection.libraryName = printable(value, "lib-name");
      else if (/^lib-ver$/i.test(field)) connection.libraryVersion = printable(value, "lib-ver");
      else refuse(`Unrecognized option '${field}'`);
      return OK;
    },
  },
];

export const connectionCommands: readonly CommandSpec[] = [
  {
    group: "connection",
    name: "ping",
    arity: -1,
    flags: ["fast"],
    since: "1.0.0",
    summary: "Answer with PONG, or with the argument",
    run: (args) => {
      if (args.left > 1) refuse(wrongArity("ping"));
      return args.left === 1 ? args.bytes() : { simple: "PONG" };
    },
  },
  {
    group: "connection",
    name: "echo",
    arity: 2,
    flags: ["loading", "stale", "fast"],
    since: "1.0.0",
    summary: "Answer with the argument",
    run: (args) => args.bytes(),
  },
  {
    ...common,
    name: "hello",
    arity: -1,
    flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
    since: "6.0.0",
    summary: "Choose the version of the protocol, and sign in",
    run: hello,
  },
  {
    ...common,
    name: "auth",
    arity: -2,
    flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
    since: "1.0.0",
    summary: "Sign in",
    run: auth,
  },
  {
    ...common,
    name: "select",
    arity: 2,
    flags: ["loading", "stale", "fast"],
    since: "1.0.0",
    summary: "Choose the database; there is one, 0",
    run: (args) => (args.integer() === 0n ? OK : refuse("DB index is out of range")),
  },
  {
    ...common,
    name: "quit",
    arity: -1,
    flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
    since: "1.0.0",
    summary: "Close the connection",
    run: (_, { connection }) => {
      connection.closing = true;
      return OK;
    },
  },
  {
    ...common,
    name: "client",
    arity: -2,
    flags: [],
    since: "2.4.0",
    summary: "What the server and a connection know of each other",
    subcommands: clientCommands,
  },
];

/** HELLO [version [AUTH user password] [SETNAME name]] */
function hello(args: Arguments, { connection, front }: Call): Reply {
  let protocol: ProtocolVersion = connection.protocol;
  if (args.left > 0) {
    const wanted = args.integer("Protocol version is not an integer or out of range");
    if (wanted !== 2n && wanted !== 3n) refuse("unsupported protocol version", "NOPROTO");
    protocol = wanted === 2n ? 2 : 3;
  }
  let name: string | undefined;
  while (args.left > 0) {
    const option = args.text();
    if (/^auth$/i.test(option) && args.left >= 2) {
      if (!signIn(front.password, args.text(), args.bytes())) refuse(WRONG_PASSWORD, "WRONGPASS");
      connection.authenticated = true;
    } else if (/^setname$/i.test(option) && args.left >= 1) {
      name = printable(args.text(), "Client names");
    } else refuse(`Syntax error in HELLO option '${option}'`);
  }
  if (!connection.authenticated) refuse(HELLO_FIRST, "NOAUTH");
  if (name !== undefined) connection.name = name;
  connection.protocol = protocol;
  return {
    map: [
      ["server", "redis"],
      ["version", REDIS_VERSION],
      ["proto", protocol],
      ["id", connection.id],
      ["mode", front.cluster === undefined ? "standalone" : "cluster"],
      ["role", "master"],
      ["modules", []],
    ],
  };
}

/** AUTH [user] password */
function auth(args: Arguments, { connection, front }: Call): Reply {
  if (args.left > 2) refuse("syntax error");
  if (args.left === 1 && front.password === undefined) refuse(NO_PASSWORD);
  const user = args.left === 2 ? args.text() : "default";
  if (!signIn(front.password, user, args.bytes())) refuse(WRONG_PASSWORD, "WRONGPASS");
  connection.authenticated = true;
  return OK;
}

/** In a time that does not depend on how much of the password is right. */
function signIn(password: string | undefined, user: string, given: Buffer): boolean {
  const right = password === undefined || timingSafeEqual(digest(password), digest(given));
  return right && user === "default";
}

function digest(secret: string | Buffer): Buffer {
  return createHash("sha256").update(secret).digest();
}

function printable(text: string, what: string): string {
  const good = /^[!-~]*$/.test(text);
  return good ? text : refuse(`${what} cannot contain spaces, newlines or special characters.`);
}

function bytesOrNull(text: string): Reply {
  return text === "" ? null : Buffer.from(text, "latin1");
}
