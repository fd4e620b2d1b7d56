/**
 * RESP2 replies from bytes, for a client of our own. Replies come whole or not yet;
 * what is there twice is not copied, and nesting is bounded.
 */

/** A reply as JavaScript has it; an error is a value, since a pipeline may hold several. */
export type RespValue = string | number | null | RespError | readonly RespValue[];

/** What the server refused with: a code in capitals, a space, and a sentence. */
export class RespError extends Error {
  override readonly name = "RespError";
  /** `NOAUTH`, `ERR`, … */
  readonly code: string;

  constructor(text: string) {
    super(text);
    this.code = /^[A-Z]+/.exec(text)?.[0] ?? "ERR";
  }
}

const DEPTH_MAX = 8;
const LINE_BYTES_MAX = 65_536;

/** Throws for bytes that are no RESP2, after which the connection is of no use. */
export class ReplyParser {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  /** Takes a chunk; answers the replies that are whole now. */
  push(chunk: Buffer): RespValue[] {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const replies: RespValue[] = [];
    let done = 0;
    for (;;) {
      this.#at = done;
      const reply = this.#read(0);
      if (reply === undefined) break;
      replies.push(reply);
      done = this.#at;
    }
    this.#bytes = this.#bytes.subarray(done);
    return replies;
  }

  #read(depth: number): RespValue | undefined {
    const kind = this.#bytes[this.#at];
    const line = this.#line();
    if (line === undefined) return undefined;
    switch (kind) {
      case 0x2b: // +
        return line;
      case 0x2d: // -
        return new RespError(line);
      case 0x3a: // :
        return Number(line);
      case 0x24: // $
        return this.#bulk(countIn(line));
      case 0x2a: // *
        if (depth === DEPTH_MAX) throw new Error("a reply is nested too deep");
        return this.#list(countIn(line), depth + 1);
      default:
        throw new Error(`a reply begins with byte ${kind}`);
    }
  }

  /** The rest of a line after its first byte. */
  #line(): string | undefined {
    const end = this.#bytes.indexOf("\r\n", this.#at, "latin1");
    if (end < 0) {
      if (this.#bytes.length - this.#at > LINE_BYTES_MAX) throw new Error("a line has no end");
      return undefined;
    }
    const line = this.#bytes.toString("utf8", this.#at + 1, end);
    this.#at = end + 2;
    return line;
  }

  #bulk(length: number): string | null | undefined {
    if (length < 0) return null;
    const end = this.#at + length;
    if (this.#bytes.length < end + 2) return undefined;
    const text = this.#bytes.toString("utf8", this.#at, end);
    this.#at = end + 2;
    return text;
  }

  #list(count: number, depth: number): RespValue | undefined {
    if (count < 0) return null;
    const items: RespValue[] = [];
    for (let index = 0; index < count; index++) {
      const item = this.#read(depth);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }
}

function countIn(line: string): number {
  const count = Number(line);
  if (!Number.isSafeInteger(count)) throw new Error(`"${line}" is no count`);
  return count;
}
