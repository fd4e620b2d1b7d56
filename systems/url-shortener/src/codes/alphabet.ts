/**
 * Numbers as codes in an alphabet: base 62, or base 57 without the characters
 * people take for one another (0 O 1 l I). Seven characters hold 62^7 = 3.5 × 10^12
 * codes, or 57^7 = 2.0 × 10^12.
 */
import { BASE62_ALPHABET } from "@tenfold/unique-id";

/** Characters of a generated code: 62^7 is above the 200 billion links of six years. */
export const CODE_LENGTH = 7;

export interface Alphabet {
  readonly characters: string;
  /** How many codes of CODE_LENGTH there are. */
  readonly size: bigint;
}

function alphabetOf(characters: string): Alphabet {
  return Object.freeze({ characters, size: BigInt(characters.length) ** BigInt(CODE_LENGTH) });
}

/** Digits, small letters, capital letters. */
export const base62: Alphabet = alphabetOf(BASE62_ALPHABET);

/** The same without 0, O, 1, l and I. */
export const base57: Alphabet = alphabetOf(BASE62_ALPHABET.replaceAll(/[0O1lI]/g, ""));

/** `value` in `alphabet`, left-filled to `length` characters (0: as short as it is). O(length). */
export function writeCode(value: bigint, { characters }: Alphabet, length = 0): string {
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`writeCode() takes a number in [0, 2^53), not ${value}`);
  }
  const base = characters.length;
  let rest = Number(value);
  let code = "";
  do {
    code = characters.charAt(rest % base) + code;
    rest = Math.floor(rest / base);
  } while (rest > 0);
  return code.padStart(length, characters.charAt(0));
}

/** The number `code` writes, or `undefined` for a character outside the alphabet. */
export function readCode(code: string, { characters }: Alphabet): bigint | undefined {
  let value = 0n;
  for (const character of code) {
    const digit = characters.indexOf(character);
    if (digit < 0) return undefined;
    value = value * BigInt(characters.length) + BigInt(digit);
  }
  return value;
}
