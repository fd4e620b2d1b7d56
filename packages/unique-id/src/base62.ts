/**
 * Base 62: numbers as short text of digits and letters.
 *
 *   0 … 9   a … z   A … Z          11157 = 2·62² + 55·62 + 59  →  "2TX"
 *   0   9  10   35  36  61
 *
 * Seven characters count to 62^7 = 3.5 × 10^12, eleven hold every 64-bit
 * number. Case matters: such text does not belong in a case-insensitive column,
 * and it does not sort as its number does, since ASCII puts A before a.
 *
 * Eight characters fit a JavaScript number (62^8 < 2^53 < 62^9), so both
 * directions work on numbers in two halves and touch bigint once.
 */
import { uniqueIdErrors } from "./errors.ts";

/** The 62 characters in the order of their values. */
export const BASE62_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** The length of the largest 64-bit number. */
export const BASE62_LENGTH_MAX = 11;

const HALF_LENGTH = 8;
const HALF = 62n ** 8n;
const LIMIT = 2n ** 64n;

const VALUES = new Int8Array(128).fill(-1);
for (const [value, character] of BASE62_ALPHABET.split("").entries()) {
  VALUES[character.charCodeAt(0)] = value;
}

/** `value` in base 62, without leading zeros. Throws a RangeError outside [0, 2^64). */
export function encodeBase62(value: bigint | number): string {
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`encodeBase62() takes a whole number, at least 0, not ${value}`);
    }
    return digits(value);
  }
  if (value < 0n || value >= LIMIT) {
    throw new RangeError(`encodeBase62() takes a number in [0, 2^64), not ${value}`);
  }
  if (value < HALF) return digits(Number(value));
  const lower = digits(Number(value % HALF)).padStart(HALF_LENGTH, "0");
  return digits(Number(value / HALF)) + lower;
}

/** The same with leading zeros up to `length`. Throws a RangeError when it needs more. */
export function encodeBase62Padded(value: bigint | number, length: number): string {
  const text = encodeBase62(value);
  if (!Number.isInteger(length) || length > BASE62_LENGTH_MAX || text.length > length) {
    throw new RangeError(`${value} does not fit ${length} base-62 characters (at most 11)`);
  }
  return text.padStart(length, "0");
}

/**
 * The number that `text` writes; leading zeros are allowed. Throws
 * `base62_invalid` for other characters, for no or more than 11 of them, and
 * for 2^64 or more.
 */
export function decodeBase62(text: string): bigint {
  if (text.length === 0 || text.length > BASE62_LENGTH_MAX) {
    throw invalid(`It has ${text.length} characters, and 1 to ${BASE62_LENGTH_MAX} are allowed.`);
  }
  const split = Math.max(text.length - HALF_LENGTH, 0);
  const lower = number(text, split, text.length);
  if (split === 0) return BigInt(lower);
  const value = BigInt(number(text, 0, split)) * HALF + BigInt(lower);
  if (value >= LIMIT) throw invalid(`"${text}" is 2^64 or more.`);
  return value;
}

function digits(value: number): string {
  let text = "";
  let rest = value;
  do {
    text = BASE62_ALPHABET.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  } while (rest > 0);
  return text;
}

function number(text: string, from: number, to: number): number {
  let value = 0;
  for (let index = from; index < to; index += 1) {
    const digit = VALUES[text.charCodeAt(index)] ?? -1;
    if (digit < 0) {
      throw invalid(`Character ${index + 1} is not one of 0-9, a-z and A-Z.`);
    }
    value = value * 62 + digit;
  }
  return value;
}

function invalid(detail: string): Error {
  return uniqueIdErrors.base62_invalid({ detail });
}
