/** Numbers as clients write and read them. */
import { bufferOf } from "./buffers.ts";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** A signed 64-bit number in its one decimal form: no plus, no zero in front, no space. */
export function parseInteger(bytes: Uint8Array): bigint | undefined {
  if (bytes.length === 0 || bytes.length > 20) return undefined;
  const text = bufferOf(bytes).toString("latin1");
  if (!/^(0|-?[1-9]\d*)$/.test(text)) return undefined;
  const value = BigInt(text);
  return value >= INT64_MIN && value <= INT64_MAX ? value : undefined;
}

/** A decimal number, with an exponent if wanted, or an infinity. NaN is none. */
export function parseFloating(bytes: Uint8Array): number | undefined {
  const text = bufferOf(bytes).toString("latin1");
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  if (text.length > 400 || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  // As strtod says ERANGE, and Redis with it.
  return Number.isFinite(value) ? value : undefined;
}

/**
 * A double as Redis 7.2 writes it: the shortest digits that read back as the same
 * number, `inf`, `-inf` and `nan`. (Redis 7.0 pads to 17 digits: 0.1 becomes
 * 0.10000000000000001.)
 */
export function formatDouble(value: number): string {
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "-inf";
  if (Number.isNaN(value)) return "nan";
  return Object.is(value, -0) ? "-0" : String(value);
}
