/**
 * One connection: bytes in, commands run, replies out in the order of the commands.
 *
 *     bytes ─▶ parser ─▶ is it free to start? ─▶ handler ─▶ slots, in order ─▶ writer ─▶ bytes
 *                │              │ no: held until it is                           │
 *                └── paused while much is held, runs, or waits to be read ◀──────┘
 *
 * Commands of a pipeline run beside each other, so that one fsync serves many of
 * them; one waits only while another on the same key is running and either writes.
 * So a client reads what it has written, and its writes of a key keep their order.
 *
 * A client that sends and never reads is not read from once `outputPauseBytes`
 * wait for it, and what runs by then is the most that can come on top. Over
 * `outputBytesMax` it is cut off, as is one that reads nothing for `stalledMs`
 * (that is the server's part).
 */
import { Arguments } from "../commands/arguments.ts";
import {
  keysOf,
  type Call,
  type CommandSpec,
  type Connection,
  type Front,
} from "../commands/command.ts";
import { refusalReply } from "../commands/refusal.ts";
import { resolveCommand, type Resolved } from "../commands/table.ts";
import type { Keyspace } from "../keyspace.ts";
import { errorReply, type Reply } from "./reply.ts";
import { ReplyWriter } from "./reply-writer.ts";
import { RequestParser, type Command, type RequestLimits } from "./request-parser.ts";

export interface SessionLimits extends RequestLimits {
  /** Commands of one connection that run at a time. */
  runningMax: number;
  /** Bytes received and not yet run, from which on no more are read. */
  inputPauseBytes: number;
  /** Bytes that the client has not read, from which on no more commands start. */
  outputPauseBytes: number;
  /** Bytes that the client has not read, over which it is cut off. */
  outputBytesMax: number;
}

/** The other end, as a session sees it. */
export interface Outlet {
  /** Passes bytes on, in order. */
  send(parts: readonly Buffer[]): void;
  /** Bytes passed on and not yet taken by the system. */
  unsentBytes(): number;
  pause(): void;
  resume(): void;
  /** Closes once everything has been sent. */
  end(): void;
  /** Closes at once. */
  cut(reason: string): void;
}

export interface SessionDeps {
  keyspace: Keyspace;
  front: Front;
  outlet: Outlet;
  limits: SessionLimits;
  /** Hears of each defect: a handler that threw what is no refusal. */
  onDefect(error: unknown, command: string): void;
}

/** A reply's place in the order of replies. */
interface Slot {
  reply: Reply | undefined;
}

/** A command that is about to run. */
interface Job {
  command: Command;
  resolved: Resolved;
  /** As text whose characters are bytes. */
  keys: readonly string[];
  writes: boolean;
}

interface Use {
  runs: number;
  writes: boolean;
}

const NOAUTH = errorReply("Authentication required.", "NOAUTH");
const DEFECT = errorReply("internal error; the server's log says more");

export class Session {
  readonly connection: Connection;
  readonly #deps: SessionDeps;
  readonly #call: Call;
  readonly #parser: RequestParser;
  readonly #writer = new ReplyWriter();
  /** Places of replies that are not written yet; the first one runs. */
  #slots: Slot[] = [];
  /** Keys in use by running commands, as text whose characters are bytes. */
  readonly #inUse = new Map<string, Use>();
  /** A command that is not free to start. */
  #held: Job | undefined;
  #alone = false;
  #paused = false;
  #flushing = false;
  #finished = false;
  #closed = false;

  constructor(id: number, deps: SessionDeps) {
    this.#deps = deps;
    this.#parser = new RequestParser(deps.limits);
    this.connection = {
      id,
      name: "",
      libraryName: "",
      libraryVersion: "",
      protocol: 2,
      authenticated: deps.front.password === undefined,
      closing: false,
    };
    this.#parser.trusted = this.connection.authenticated;
    this.#call = { keyspace: deps.keyspace, connection: this.connection, front: deps.front };
  }

  /** Takes bytes from the client. */
  receive(chunk: Buffer): void {
    if (this.#closed || this.connection.closing) return;
    this.#parser.push(chunk);
    this.#turn();
  }

  /** The client sends no more; what it sent is answered, then the connection ends. */
  finish(): void {
    this.#finished = true;
    this.#turn();
  }

  /** The client has read; there may be room again. */
  drained(): void {
    this.#turn();
  }

  /** The connection is gone. What runs goes on, and nobody is told. */
  close(): void {
    this.#closed = true;
    this.#held = undefined;
    this.#slots = [];
  }

  /** As much as can be done now. */
  #turn(): void {
    do {
      if (this.#closed) return;
      this.#advance();
      this.#flush();
      // A flush that left at once has made room, and no event will say so.
    } while (this.#paused && this.#held === undefined && this.#hasRoom());
  }

  /** Starts what may be started; pauses the input when too much is waiting. */
  #advance(): void {
    const { limits, outlet } = this.#deps;
    while (!this.#closed && !this.connection.closing && this.#hasRoom()) {
      const job = this.#held ?? this.#nextJob();
      if (job === undefined) break;
      this.#held = this.#isFree(job) ? undefined : job;
      if (this.#held !== undefined) break;
      this.#start(job);
    }
    if (this.#parser.failure !== undefined && !this.connection.closing) {
      this.connection.closing = true;
      this.#settle({ reply: undefined }, errorReply(this.#parser.failure), true);
    }
    const full = this.#parser.pendingBytes > limits.inputPauseBytes && this.#held !== undefined;
    const pause = full || !this.#hasRoom();
    if (pause === this.#paused || this.#closed) return;
    this.#paused = pause;
    if (pause) outlet.pause();
    else outlet.resume();
  }

  #hasRoom(): boolean {
    const { limits, outlet } = this.#deps;
    return (
      this.#slots.length < limits.runningMax &&
      this.#writer.bytes + outlet.unsentBytes() < limits.outputPauseBytes
    );
  }

  #nextJob(): Job | undefined {
    const command = this.#parser.next();
    if (command === undefined) return undefined;
    const resolved = resolveCommand(command);
    if ("wrong" in resolved) {
      if (isHttp(command)) this.#cut("it speaks HTTP");
      return { command, resolved, keys: [], writes: false };
    }
    const { spec } = resolved;
    const keys = keysOf(spec, command).map((key) => key.toString("latin1"));
    return { command, resolved, keys, writes: spec.flags.includes("write") };
  }

  #isFree({ resolved, keys, writes }: Job): boolean {
    if (this.#slots.length === 0) return true;
    if (this.#alone) return false;
    if ("wrong" in resolved) return true;
    if (resolved.spec.order === "alone") return false;
    for (const key of keys) {
      const use = this.#inUse.get(key);
      if (use !== undefined && (writes || use.writes)) return false;
    }
    return true;
  }

  #start({ command, resolved, keys, writes }: Job): void {
    if (this.#closed) return;
    const slot: Slot = { reply: undefined };
    this.#slots.push(slot);
    if ("wrong" in resolved) return this.#settle(slot, errorReply(resolved.wrong));
    const { spec, run, nameWords } = resolved;
    if (!this.connection.authenticated && !spec.flags.includes("no_auth")) {
      return this.#settle(slot, NOAUTH);
    }
    let answer: Reply | Promise<Reply>;
    try {
      answer = run(new Arguments(command, nameWords), this.#call);
    } catch (error) {
      answer = this.#failed(error, spec);
    }
    if (!(answer instanceof Promise)) return this.#settle(slot, answer);
    this.#use(keys, writes);
    this.#alone = spec.order === "alone";
    const finish = (reply: Reply): void => {
      this.#release(keys);
      this.#alone = false;
      this.#settle(slot, reply);
      this.#later();
    };
    void answer.then(finish, (error: unknown) => finish(this.#failed(error, spec)));
  }

  #failed(error: unknown, spec: CommandSpec): Reply {
    const refusal = refusalReply(error);
    if (refusal !== undefined) return refusal;
    this.#deps.onDefect(error, spec.name);
    return DEFECT;
  }

  #use(keys: readonly string[], writes: boolean): void {
    for (const key of keys) {
      const use = this.#inUse.get(key);
      if (use === undefined) this.#inUse.set(key, { runs: 1, writes });
      else use.runs += 1;
    }
  }

  #release(keys: readonly string[]): void {
    for (const key of keys) {
      const use = this.#inUse.get(key);
      if (use === undefined) continue;
      use.runs -= 1;
      if (use.runs === 0) this.#inUse.delete(key);
    }
  }

  /** Puts a reply in its place, and writes all whose turn it is. */
  #settle(slot: Slot, reply: Reply, isNew = false): void {
    if (this.#closed) return;
    if (isNew) this.#slots.push(slot);
    slot.reply = reply;
    // HELLO answers in the version it has chosen; it runs alone, so no reply is before it.
    this.#writer.protocol = this.connection.protocol;
    this.#parser.trusted = this.connection.authenticated;
    let written = 0;
    for (const next of this.#slots) {
      if (next.reply === undefined) break;
      this.#writer.write(next.reply);
      written += 1;
    }
    this.#slots.splice(0, written);
  }

  /** After the turn in which commands end together: one flush for all of them. */
  #later(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#turn();
    });
  }

  #flush(): void {
    if (this.#closed) return;
    const { outlet, limits } = this.#deps;
    if (this.#writer.bytes > 0) outlet.send(this.#writer.take());
    const isIdle = this.#slots.length === 0;
    const allRead = this.#finished && this.#held === undefined && !this.#paused;
    if (isIdle && (this.connection.closing || allRead)) {
      this.#closed = true;
      outlet.end();
    } else if (outlet.unsentBytes() > limits.outputBytesMax) {
      this.#cut("it does not read its replies");
    }
  }

  #cut(reason: string): void {
    this.close();
    this.#deps.outlet.cut(reason);
  }
}

/**
 * A browser that was tricked into sending a request here: its body could hold
 * commands. Redis closes the connection at these words too.
 */
function isHttp(command: Command): boolean {
  const [name] = command;
  if (name === undefined || name.length < 4 || name.length > 5) return false;
  return /^(post|host:)$/i.test(name.toString("latin1"));
}
