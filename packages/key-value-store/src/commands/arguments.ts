/** A command's arguments, taken one after the other. */
import { NOT_A_FLOAT, NOT_AN_INTEGER, refuse, SYNTAX } from "./refusal.ts";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

export class Arguments {
  readonly #words: readonly Buffer[];
  #at: number;

  /** `words` with the name; reading starts at `at`. */
  constructor(words: readonly Buffer[], at = 1) {
    this.#words = words;
    this.#at = at;
  }

  /** How many are left. */
  get left(): number {
    return this.#words.length - this.#at;
  }

  /** The next one as it is. A missing one is a syntax error. */
  bytes(): Buffer {
    return this.#words[this.#at++] ?? refuse(SYNTAX);
  }

  /** The next one in capitals: an option's name. */
  option(): string {
    return this.text().toUpperCase();
  }

  /** The next one as text whose characters are its bytes. */
  text(): string {
    return this.bytes().toString("latin1");
  }

  /** Takes the next one if it is this option, written in any case. */
  takes(option: string): boolean {
    const word = this.#words[this.#at];
    if (word?.length !== option.length || word.toString("latin1").toUpperCase() !== option) {
      return false;
    }
    this.#at += 1;
    return true;
  }

  /** The rest, as they are. */
  rest(): readonly Buffer[] {
    const rest = this.#words.slice(this.#at);
    this.#at = this.#words.length;
    return rest;
  }

  /** The rest by twos; `undefined` when one would be left over. */
  pairs(): (readonly [Buffer, Buffer])[] | undefined {
    if (this.left % 2 !== 0) return undefined;
    const pairs: (readonly [Buffer, Buffer])[] = [];
    while (this.left > 0) pairs.push([this.bytes(), this.bytes()]);
    return pairs;
  }

  /** A whole number of 64 bits. */
  integer(wrong = NOT_AN_INTEGER): bigint {
    return parseInteger(this.bytes()) ?? refuse(wrong);
  }

  /** A whole number of 64 bits as a double: exact to 2^53, near enough for a place or a count. */
  count(): number {
    return Number(this.integer());
  }

  float(wrong = NOT_A_FLOAT): number {
    return parseFloating(this.bytes()) ?? refuse(wrong);
  }
}

/** A signed 64-bit number in its one decimal form: no plus, no zero in front, no space. */
export function parseInteger(bytes: Uint8Array): bigint | undefined {
  if (bytes.length === 0 || bytes.length > 20) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  if (!/^(0|-?[1-9]\d*)$/.test(text)) return undefined;
  const value = BigInt(text);
  return value >= INT64_MIN && value <= INT64_MAX ? value : undefined;
}

/** A decimal number, with an exponent if wanted, or an infinity. NaN is none. */
export function parseFloating(bytes: Uint8Array): number | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  if (text.length > 400 || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  // As strtod says ERANGE, and Redis with it.
  return Number.isFinite(value) ? value : undefined;
}
