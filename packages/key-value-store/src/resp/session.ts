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
import type { Call, CommandSpec, Connection, Front } from "../commands/command.ts";
import { refusalReply } from "../commands/refusal.ts";
import { resolveCommand, type Runnable } from "../commands/table.ts";
import type { Keyspace } from "../keyspace.ts";
import { hashKeys, KeysInUse } from "./keys-in-use.ts";
import { ReplyQueue, type Place } from "./reply-queue.ts";
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

/** A command that is not free to start. */
interface Held {
  command: Command;
  resolved: Runnable;
}

const NOAUTH = errorReply("Authentication required.", "NOAUTH");
const DEFECT = errorReply("internal error; the server's log says more");

export class Session {
  readonly connection: Connection;
  readonly #deps: SessionDeps;
  readonly #call: Call;
  readonly #parser: RequestParser;
  readonly #writer = new ReplyWriter();
  readonly #queue: ReplyQueue;
  readonly #inUse = new KeysInUse();
  /** The keys of the command that is looked at. */
  readonly #keys: number[] = [];
  #held: Held | undefined;
  #alone = false;
  #paused = false;
  #flushing = false;
  #finished = false;
  #closed = false;

  constructor(id: number, deps: SessionDeps) {
    this.#deps = deps;
    this.#parser = new RequestParser(deps.limits);
    this.#queue = new ReplyQueue({
      settled: (place, reply) => this.#finish(place, reply),
      failed: (place, error) => this.#finish(place, this.#failed(error, place.spec)),
    });
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
      if (!this.#startNext()) break;
    }
    if (this.#parser.failure !== undefined && !this.connection.closing) {
      this.connection.closing = true;
      this.#settle(errorReply(this.#parser.failure));
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
      this.#queue.length < limits.runningMax &&
      this.#writer.bytes + outlet.unsentBytes() < limits.outputPauseBytes
    );
  }

  /** Starts one command; false when there is none, or it must wait for one that runs. */
  #startNext(): boolean {
    if (this.#held !== undefined) {
      const { command, resolved } = this.#held;
      if (!this.#isFree(command, resolved)) return false;
      this.#held = undefined;
      this.#start(command, resolved);
      return true;
    }
    const command = this.#parser.next();
    if (command === undefined) return false;
    const resolved = resolveCommand(command);
    if ("wrong" in resolved) {
      if (isHttp(command)) this.#cut("it speaks HTTP");
      else this.#settle(errorReply(resolved.wrong));
    } else if (this.#isFree(command, resolved)) this.#start(command, resolved);
    else this.#held = { command, resolved };
    return this.#held === undefined;
  }

  #isFree(command: Command, { spec, writes }: Runnable): boolean {
    if (this.#queue.length === 0) return true;
    if (this.#alone || spec.order === "alone") return false;
    hashKeys(spec, command, this.#keys);
    return this.#inUse.isFree(this.#keys, writes);
  }

  #start(command: Command, { spec, run, nameWords, writes }: Runnable): void {
    if (!this.connection.authenticated && !spec.flags.includes("no_auth")) {
      return this.#settle(NOAUTH);
    }
    let answer: Reply | Promise<Reply>;
    try {
      answer = run(new Arguments(command, nameWords), this.#call);
    } catch (error) {
      answer = this.#failed(error, spec);
    }
    if (!(answer instanceof Promise)) return this.#settle(answer);
    const place = this.#queue.add();
    place.spec = spec;
    place.writes = writes;
    hashKeys(spec, command, place.keys);
    this.#inUse.take(place.keys, writes);
    this.#alone = spec.order === "alone";
    void answer.then(place.onReply, place.onError);
  }

  #failed(error: unknown, spec: CommandSpec | undefined): Reply {
    const refusal = refusalReply(error);
    if (refusal !== undefined) return refusal;
    this.#deps.onDefect(error, spec?.name ?? "");
    return DEFECT;
  }

  /** A command that was not answered at once has been. */
  #finish(place: Place, reply: Reply): void {
    this.#inUse.release(place.keys, place.writes);
    this.#alone = false;
    if (this.#closed) return;
    place.reply = reply;
    this.#settings();
    for (let next = this.#queue.takeFirst(); next !== undefined; next = this.#queue.takeFirst()) {
      this.#writer.write(next);
    }
    this.#later();
  }

  /** Puts the reply of the newest command in its place: at once, when nothing runs. */
  #settle(reply: Reply): void {
    if (this.#closed) return;
    this.#settings();
    if (this.#queue.length === 0) this.#writer.write(reply);
    else this.#queue.add().reply = reply;
  }

  /** Takes over what a command may have changed: it ran alone, so no reply is before its own. */
  #settings(): void {
    this.#writer.protocol = this.connection.protocol;
    this.#parser.trusted = this.connection.authenticated;
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
    const isIdle = this.#queue.length === 0;
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
