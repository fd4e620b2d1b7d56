/**
 * Requests as bytes, to commands as lists of byte strings; incrementally, since
 * a network cuts wherever it likes. Two forms (Redis protocol specification,
 * "Sending commands to a Redis server"):
 *
 *     *2\r\n  $3\r\n GET\r\n  $4\r\n name\r\n      an array of bulk strings
 *     GET name\r\n                                 inline, as typed into telnet
 *
 * Where a peer would be refused by Redis it is refused here, in the same words
 * and at the same limits, except that an array is bounded in length and in bytes,
 * so that what one connection can make the process hold has an end.
 *
 * Arguments are views of the bytes received: nothing is copied or decoded. Bytes
 * are copied only to join a command that was cut, into a buffer that doubles, so
 * the work is linear in the bytes however they arrive. Who keeps an argument for
 * long copies it, or keeps the whole chunk alive.
 */
import { splitInline } from "./inline.ts";

/** What one connection may make the parser hold. */
export interface RequestLimits {
  /** Arguments of one command. */
  argumentsMax: number;
  /** Bytes of one argument. */
  bulkBytesMax: number;
  /** Bytes of an inline command, and of the line that announces a length. */
  lineBytesMax: number;
  /** Bytes of one command: its arguments, and `ARGUMENT_COST` for each of them. */
  commandBytesMax: number;
}

/** Redis's own numbers where it has them; 64 MiB for a whole command. */
export const defaultRequestLimits: RequestLimits = Object.freeze({
  argumentsMax: 1_048_576,
  bulkBytesMax: 512 * 1_048_576,
  lineBytesMax: 65_536,
  commandBytesMax: 64 * 1_048_576,
});

/** The bytes an argument takes beside its own, about: the object that shows them. */
export const ARGUMENT_COST = 96;

/** A command's name and arguments; never empty. */
export type Command = readonly Buffer[];

/** A peer that has not signed in may send this much, as with Redis. */
const strangerArgumentsMax = 10;
const strangerBulkBytesMax = 16_384;

const CR = 13;
const LF = 10;
const STAR = 42;
const DOLLAR = 36;
const MINUS = 45;
const ZERO = 48;
const nothing = Buffer.alloc(0);

/**
 * `push()` what arrived, then call `next()` until it returns `undefined`. After a
 * malformed request `failure` says what was wrong, and nothing more is parsed.
 */
export class RequestParser {
  /** What was wrong with the bytes, in Redis's words; the end of this stream. */
  failure: string | undefined;
  /** False until the peer has signed in: only small commands are parsed then. */
  trusted = true;

  readonly #limits: RequestLimits;
  #bytes: Buffer = nothing;
  #at = 0;
  #end = 0;
  /** No end of line lies before this place. */
  #scanned = 0;
  /** True when `#bytes` was allocated here and has room after `#end`. */
  #joined = false;
  /** Arguments of the array in progress, how many there will be, and their cost. */
  #found: Buffer[] = [];
  #wanted = 0;
  #cost = 0;
  /** Bytes of the argument in progress; -1 while its length is not known. */
  #bulkBytes = -1;

  constructor(limits: RequestLimits = defaultRequestLimits) {
    this.#limits = limits;
  }

  /** Bytes that are held for commands not yet returned. */
  get pendingBytes(): number {
    return this.#end - this.#at + this.#cost - Math.max(0, this.#bulkBytes);
  }

  /** Takes the next bytes of the stream; they must not be changed afterwards. */
  push(chunk: Buffer): void {
    const restBytes = this.#end - this.#at;
    if (restBytes === 0) {
      this.#bytes = chunk;
      this.#at = 0;
      this.#end = chunk.length;
      this.#scanned = 0;
      this.#joined = false;
      return;
    }
    const bothBytes = restBytes + chunk.length;
    if (!this.#joined || this.#end + chunk.length > this.#bytes.length) {
      const roomBytes = this.#bulkBytes < 0 ? Infinity : this.#bulkBytes + 2;
      const joined = Buffer.allocUnsafeSlow(
        Math.max(bothBytes, Math.min(2 * restBytes, roomBytes)),
      );
      this.#bytes.copy(joined, 0, this.#at, this.#end);
      this.#scanned = Math.max(0, this.#scanned - this.#at);
      this.#bytes = joined;
      this.#at = 0;
      this.#end = restBytes;
      this.#joined = true;
    }
    chunk.copy(this.#bytes, this.#end);
    this.#end += chunk.length;
  }

  /** The next whole command, or `undefined` when more bytes are needed. */
  next(): Command | undefined {
    while (this.failure === undefined) {
      if (this.#wanted > 0) return this.#readArray();
      if (this.#at === this.#end) return undefined;
      if (this.#bytes[this.#at] === STAR) {
        if (!this.#readArrayLength()) return undefined;
        continue;
      }
      const words = this.#readInline();
      if (words === undefined) return undefined;
      if (words.length > 0) return words;
    }
    return undefined;
  }

  #readArray(): Command | undefined {
    while (this.#found.length < this.#wanted) {
      if (this.#bulkBytes < 0 && !this.#readBulkLength()) return undefined;
      const next = this.#at + this.#bulkBytes + 2;
      if (next > this.#end) return undefined;
      // As in Redis, the two bytes that end an argument are skipped unseen.
      this.#found.push(this.#bytes.subarray(this.#at, next - 2));
      this.#at = next;
      this.#bulkBytes = -1;
    }
    const command = this.#found;
    this.#found = [];
    this.#wanted = 0;
    this.#cost = 0;
    return command;
  }

  /** False when more bytes are needed or the stream has failed. */
  #readArrayLength(): boolean {
    const length = this.#readNumber("mbulk");
    if (length === undefined) return false;
    if (!(length <= this.#limits.argumentsMax)) return this.#fail("invalid multibulk length");
    if (!this.trusted && length > strangerArgumentsMax) {
      return this.#fail("unauthenticated multibulk length");
    }
    // An array of none or of less than none is no command: Redis says nothing either.
    this.#wanted = Math.max(0, length);
    return true;
  }

  #readBulkLength(): boolean {
    if (this.#at === this.#end) return false;
    const first = this.#bytes[this.#at] ?? 0;
    const length = this.#readNumber("bulk");
    if (length === undefined) return false;
    if (first !== DOLLAR) {
      return this.#fail(`expected '$', got '${String.fromCharCode(first)}'`);
    }
    if (!(length >= 0 && length <= this.#limits.bulkBytesMax)) {
      return this.#fail("invalid bulk length");
    }
    if (!this.trusted && length > strangerBulkBytesMax) {
      return this.#fail("unauthenticated bulk length");
    }
    this.#cost += length + ARGUMENT_COST;
    if (this.#cost > this.#limits.commandBytesMax) return this.#fail("too big request");
    this.#bulkBytes = length;
    return true;
  }

  /**
   * The number of a line `*3\r\n` or `$3\r\n`, NaN when it is none, `undefined`
   * when the line is not there yet. Written out, as it runs for every argument.
   */
  #readNumber(what: "mbulk" | "bulk"): number | undefined {
    const bytes = this.#bytes;
    let end = Math.max(this.#at, this.#scanned);
    while (end < this.#end && bytes[end] !== CR) end += 1;
    this.#scanned = end;
    if (end + 1 >= this.#end) {
      if (end - this.#at > this.#limits.lineBytesMax) this.#fail(`too big ${what} count string`);
      return undefined;
    }
    const negative = bytes[this.#at + 1] === MINUS;
    const first = this.#at + (negative ? 2 : 1);
    this.#at = end + 2;
    // 19 digits are what 64 bits hold; a leading zero is right only in "0" itself.
    if (first === end || end - first > 19) return Number.NaN;
    if (bytes[first] === ZERO && (negative || end - first > 1)) return Number.NaN;
    let value = 0;
    for (let i = first; i < end; i++) {
      const digit = (bytes[i] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) return Number.NaN;
      value = value * 10 + digit;
    }
    return negative ? -value : value;
  }

  /** The words of a line, none for an empty line. */
  #readInline(): Buffer[] | undefined {
    const from = Math.max(this.#at, this.#scanned);
    const newline = this.#bytes.subarray(0, this.#end).indexOf(LF, from);
    const end = newline < 0 ? this.#end : newline;
    this.#scanned = end;
    if (end - this.#at > this.#limits.lineBytesMax) {
      this.#fail("too big inline request");
      return undefined;
    }
    if (newline < 0) return undefined;
    const cut = newline > this.#at && this.#bytes[newline - 1] === CR ? newline - 1 : newline;
    const words = splitInline(this.#bytes.subarray(this.#at, cut));
    this.#at = newline + 1;
    if (words === undefined) this.#fail("unbalanced quotes in request");
    return words;
  }

  /** Ends the stream, and lets go of what was held. */
  #fail(reason: string): false {
    this.failure = `Protocol error: ${reason}`;
    this.#bytes = nothing;
    this.#at = 0;
    this.#end = 0;
    this.#found = [];
    this.#cost = 0;
    return false;
  }
}
