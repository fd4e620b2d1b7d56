/**
 * One connection between two nodes: the handshake, then frames both ways.
 *
 * What waits to be sent is bounded: a frame that does not fit is not sent, which is
 * what senders expect of a network. A pulse goes out when there is nothing else, so
 * a side that hears nothing for long knows that nobody is there.
 */
import type { Socket } from "node:net";
import type { Clock } from "@tenfold/core";
import { encodeFrame, frameKinds, FrameReader, type Frame } from "./frames.ts";
import {
  createHello,
  createProof,
  isProof,
  readHello,
  refusalOf,
  type Hello,
  type Role,
} from "./handshake.ts";

export interface ConnectionOptions {
  readonly role: Role;
  readonly cluster: string;
  /** This node. */
  readonly name: string;
  readonly secret: string;
  readonly nonce: Uint8Array;
  /** Who must be at the other end; anyone of the cluster when absent. */
  readonly expected?: string | undefined;
  readonly clockSkewMsMax: number;
  /** The longest message. */
  readonly messageBytesMax: number;
  /** Bytes that may wait to be sent. */
  readonly queueBytesMax: number;
}

export interface ConnectionEvents {
  /** Both have shown that they know the secret. */
  ready(peer: string): void;
  message(peer: string, body: Buffer): void;
  /** Once, at the end. `refusal`: why this side or the other would not speak. */
  closed(refusal: string | undefined): void;
}

/** Until the other has proved itself it is given little memory. */
const HANDSHAKE_BYTES_MAX = 4_096;

const pulse = encodeFrame(frameKinds.message, new Uint8Array());

export class Connection {
  /** Who is at the other end; `undefined` until both have proved themselves. */
  peer: string | undefined;
  readonly openedMs: number;
  heardMs: number;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #clock: Clock;
  readonly #frames = new FrameReader(HANDSHAKE_BYTES_MAX);
  readonly #own: Buffer;
  #other: { hello: Hello; bytes: Buffer } | undefined;
  #outgoing: Buffer[] = [];
  #outgoingBytes = 0;
  #hasSent = false;
  #refusal: string | undefined;

  /** The socket is connected; a dialler speaks first. */
  constructor(
    socket: Socket,
    { clock, ...events }: ConnectionEvents & { clock: Clock },
    options: ConnectionOptions,
  ) {
    this.#socket = socket;
    this.#options = options;
    this.#events = events;
    this.#clock = clock;
    this.openedMs = clock.monotonic();
    this.heardMs = this.openedMs;
    const { cluster, name, nonce, role } = options;
    this.#own = createHello({ cluster, name, nonce, nowMs: Math.max(0, Math.floor(clock.now())) });
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    // What went wrong shows as the close that follows.
    socket.on("error", () => undefined);
    socket.on("close", () => this.#events.closed(this.#refusal));
    if (role === "dialler") socket.write(encodeFrame(frameKinds.hello, this.#own));
  }

  /** False when too much is waiting, and then it is not sent. Frames of one turn leave together. */
  send(frame: Buffer): boolean {
    const waiting = this.#socket.writableLength + this.#outgoingBytes;
    if (waiting + frame.length > this.#options.queueBytesMax) return false;
    if (this.#outgoing.length === 0) setImmediate(() => this.#flush());
    this.#outgoing.push(frame);
    this.#outgoingBytes += frame.length;
    return true;
  }

  /** A sign of life, unless something was sent since the last call. */
  beat(): void {
    if (!this.#hasSent && this.peer !== undefined) this.send(pulse);
    this.#hasSent = false;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #flush(): void {
    const [only] = this.#outgoing;
    if (only === undefined || this.#socket.destroyed) return;
    this.#socket.write(this.#outgoing.length === 1 ? only : Buffer.concat(this.#outgoing));
    this.#outgoing = [];
    this.#outgoingBytes = 0;
    this.#hasSent = true;
  }

  #receive(chunk: Buffer): void {
    this.heardMs = this.#clock.monotonic();
    try {
      for (const frame of this.#frames.push(chunk)) {
        if (this.#socket.destroyed || this.#refusal !== undefined) return;
        if (this.peer === undefined) this.#meet(frame);
        else if (frame.kind === frameKinds.message && frame.body.length > 0) {
          this.#events.message(this.peer, frame.body);
        }
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#refuse(`what it sends are no frames: ${error.message}`);
    }
  }

  #meet({ kind, body }: Frame): void {
    if (kind === frameKinds.refusal) {
      this.#refusal = body.toString("utf8", 0, 500);
      this.#socket.destroy();
    } else if (kind === frameKinds.hello && this.#other === undefined) {
      this.#greet(Buffer.from(body));
    } else if (kind === frameKinds.proof && this.#other !== undefined) {
      this.#believe(this.#other.hello.name, body);
    } else this.#refuse("that is not how nodes meet");
  }

  #greet(bytes: Buffer): void {
    const { role, expected } = this.#options;
    const hello = readHello(bytes);
    const own = readHello(this.#own);
    if (hello === undefined || own === undefined) return this.#refuse("that is no node's hello");
    const refusal = refusalOf(own, hello, this.#options);
    if (refusal !== undefined) return this.#refuse(refusal);
    if (expected !== undefined && hello.name !== expected) {
      return this.#refuse(`"${expected}" was looked for, and "${hello.name}" is here`);
    }
    this.#other = { hello, bytes };
    if (role === "listener") {
      this.#socket.write(encodeFrame(frameKinds.hello, this.#own));
      this.#socket.write(encodeFrame(frameKinds.proof, this.#proof("listener", bytes)));
    }
  }

  #believe(name: string, proof: Buffer): void {
    const { role, messageBytesMax } = this.#options;
    const bytes = this.#other?.bytes ?? Buffer.alloc(0);
    if (!isProof(proof, this.#proof(role === "dialler" ? "listener" : "dialler", bytes))) {
      return this.#refuse(`the secrets of "${this.#options.name}" and "${name}" differ`);
    }
    if (role === "dialler") {
      this.#socket.write(encodeFrame(frameKinds.proof, this.#proof("dialler", bytes)));
    }
    this.peer = name;
    this.#frames.bodyBytesMax = messageBytesMax;
    this.#events.ready(name);
  }

  #proof(of: Role, other: Uint8Array): Buffer {
    const { role, secret } = this.#options;
    const hellos =
      role === "dialler"
        ? { dialler: this.#own, listener: other }
        : { dialler: other, listener: this.#own };
    return createProof(secret, of, hellos);
  }

  /** Says why, to the other too, and ends it. */
  #refuse(reason: string): void {
    this.#refusal = reason;
    this.#socket.end(encodeFrame(frameKinds.refusal, Buffer.from(reason)), () =>
      this.#socket.destroy(),
    );
  }
}
