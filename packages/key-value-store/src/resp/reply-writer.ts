/**
 * Replies to bytes, in either version of the protocol. Small ones are gathered in
 * one block, so that a pipeline's replies leave in one piece; a large value is
 * passed on as it is, between two blocks:
 *
 *     ┌ block ────────────────────┐ ┌ value ──────────┐ ┌ block ──┐
 *     │ +OK\r\n:1\r\n$1048576\r\n │ │ (not copied)    │ │ \r\n$3… │
 *     └───────────────────────────┘ └─────────────────┘ └─────────┘
 */
import { formatDouble } from "../numbers.ts";
import type { Reply } from "./reply.ts";

export type ProtocolVersion = 2 | 3;

const blockBytes = 16_384;
/** From here on a value is cheaper to pass than to copy. */
const passedBytes = 8192;

const CR = 13;
const LF = 10;
const ZERO = 48;
const [PLUS, MINUS, COLON, DOLLAR, STAR, PERCENT] = [43, 45, 58, 36, 42, 37];
const [TILDE, GREATER, COMMA, HASH, UNDERSCORE, EQUALS] = [126, 62, 44, 35, 95, 61];

/** Gathers replies until they are taken. */
export class ReplyWriter {
  /** Which version `write()` speaks; HELLO changes it. */
  protocol: ProtocolVersion = 2;

  #ready: Buffer[] = [];
  #readyBytes = 0;
  #block = Buffer.allocUnsafe(0);
  /** The part of `#block` written and not yet in `#ready`. */
  #start = 0;
  #at = 0;

  /** Bytes gathered. */
  get bytes(): number {
    return this.#readyBytes + this.#at - this.#start;
  }

  /** Hands over what was gathered, in order. */
  take(): Buffer[] {
    this.#seal();
    const taken = this.#ready;
    this.#ready = [];
    this.#readyBytes = 0;
    return taken;
  }

  write(reply: Reply): void {
    switch (typeof reply) {
      case "number":
        return this.#count(COLON, reply);
      case "bigint":
        return this.#line(COLON, String(reply));
      case "string":
        return this.#bulk(Buffer.from(reply));
      case "boolean":
        if (this.protocol === 2) return this.#count(COLON, reply ? 1 : 0);
        return this.#line(HASH, reply ? "t" : "f");
      default:
        if (reply === null) return this.#null(DOLLAR);
        if (reply instanceof Uint8Array) return this.#bulk(reply);
        return this.#object(reply);
    }
  }

  #object(reply: Exclude<Reply, number | bigint | string | Uint8Array | null | boolean>): void {
    if (isList(reply)) this.#list(STAR, reply);
    else if ("simple" in reply) this.#line(PLUS, reply.simple);
    else if ("error" in reply) this.#line(MINUS, reply.error.replaceAll(/[\r\n]/g, " "));
    else if ("map" in reply) this.#map(reply.map);
    else if ("set" in reply) this.#list(this.protocol === 2 ? STAR : TILDE, reply.set);
    else if ("push" in reply) this.#list(this.protocol === 2 ? STAR : GREATER, reply.push);
    else if ("verbatim" in reply) this.#verbatim(reply.verbatim);
    else if ("double" in reply) this.#double(reply.double);
    else this.#null(STAR);
  }

  #null(kind: number): void {
    if (this.protocol === 2) this.#line(kind, "-1");
    else this.#line(UNDERSCORE, "");
  }

  #list(kind: number, items: readonly Reply[]): void {
    this.#count(kind, items.length);
    for (const item of items) this.write(item);
  }

  #map(entries: ReadonlyArray<readonly [Reply, Reply]>): void {
    if (this.protocol === 2) this.#count(STAR, entries.length * 2);
    else this.#count(PERCENT, entries.length);
    for (const [key, value] of entries) {
      this.write(key);
      this.write(value);
    }
  }

  #verbatim(text: string): void {
    if (this.protocol === 2) return this.#bulk(Buffer.from(text));
    const bytes = Buffer.from(`txt:${text}`);
    this.#bulk(bytes, EQUALS);
  }

  #double(value: number): void {
    const text = formatDouble(value);
    if (this.protocol === 3) this.#line(COMMA, text);
    else this.#bulk(Buffer.from(text));
  }

  #bulk(bytes: Uint8Array, kind = DOLLAR): void {
    this.#count(kind, bytes.length);
    if (bytes.length < passedBytes) {
      this.#room(bytes.length + 2);
      this.#block.set(bytes, this.#at);
      this.#at += bytes.length;
    } else {
      this.#seal();
      this.#ready.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      this.#readyBytes += bytes.length;
      this.#room(2);
    }
    this.#block[this.#at++] = CR;
    this.#block[this.#at++] = LF;
  }

  /** A kind and a whole number; digits by hand for those that are common. */
  #count(kind: number, value: number): void {
    if (!(value >= 0 && value < 1000)) return this.#line(kind, String(value));
    this.#room(6);
    const block = this.#block;
    block[this.#at++] = kind;
    if (value >= 100) block[this.#at++] = ZERO + Math.trunc(value / 100);
    if (value >= 10) block[this.#at++] = ZERO + (Math.trunc(value / 10) % 10);
    block[this.#at++] = ZERO + (value % 10);
    block[this.#at++] = CR;
    block[this.#at++] = LF;
  }

  /** A kind and a line; each character is one byte. */
  #line(kind: number, text: string): void {
    this.#room(text.length + 3);
    this.#block[this.#at++] = kind;
    if (text.length > 32) this.#at += this.#block.write(text, this.#at, "latin1");
    else for (let i = 0; i < text.length; i++) this.#block[this.#at++] = text.charCodeAt(i);
    this.#block[this.#at++] = CR;
    this.#block[this.#at++] = LF;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#block.length) return;
    this.#seal();
    this.#block = Buffer.allocUnsafeSlow(Math.max(blockBytes, bytes));
    this.#start = 0;
    this.#at = 0;
  }

  #seal(): void {
    if (this.#at === this.#start) return;
    this.#ready.push(this.#block.subarray(this.#start, this.#at));
    this.#readyBytes += this.#at - this.#start;
    // What was taken is on its way and must not change: writing goes on behind it.
    this.#start = this.#at;
  }
}

/** `Array.isArray` that keeps the type of a readonly array. */
function isList(reply: Reply): reply is readonly Reply[] {
  return Array.isArray(reply);
}
