/** A command's arguments, taken one after the other. */
import { parseFloating, parseInteger } from "../numbers.ts";
import { NOT_A_FLOAT, NOT_AN_INTEGER, refuse, SYNTAX } from "./refusal.ts";

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
