/**
 * Addresses as counters see them: by range, never by notation.
 *
 * One client may write its address in many ways (`::ffff:192.0.2.1`,
 * `::FFFF:c000:201`, `192.0.2.1`) and owns a whole range of IPv6 addresses, so
 * what is counted is the range that holds the address, in one fixed notation.
 */
import ipaddr from "ipaddr.js";
import { rateLimiterErrors } from "../errors.ts";

/** Bits that tell clients apart. */
export interface Prefixes {
  /** 0 to 32. */
  readonly ipv4Prefix: number;
  /** 0 to 128. */
  readonly ipv6Prefix: number;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const PLAIN_IPV4 =
  /^(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])(?:\.(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])){3}$/;

/** What no parser can read counts as one client: nobody escapes by being unreadable. */
const UNREADABLE = "unreadable";

/** The range that an address is counted as: `192.0.2.1`, `2001:db8:0:7::/64`. */
export function addressKey(text: string, { ipv4Prefix, ipv6Prefix }: Prefixes): string {
  if (ipv4Prefix === 32 && PLAIN_IPV4.test(text)) return text;
  const address = readAddress(text);
  if (address === undefined) return UNREADABLE;
  const prefix = address.kind() === "ipv4" ? ipv4Prefix : ipv6Prefix;
  const bytes = address.toByteArray();
  const masked = ipaddr.fromByteArray(bytes.map((byte, index) => byte & maskByte(prefix, index)));
  const whole = prefix === bytes.length * 8;
  return whole ? masked.toString() : `${masked.toString()}/${prefix}`;
}

/** Answers that are kept, and the longest text of an address whose answer is. */
const KEPT_MAX = 4_096;
const KEPT_LENGTH_MAX = 64;

/** As `addressKey`, for who asks for every request: reading IPv6 takes 5 µs, IPv4 0.1, so answers are kept. */
export function addressKeys(prefixes: Prefixes): (text: string) => string {
  const kept = new Map<string, string>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const key = addressKey(text, prefixes);
    if (kept.size >= KEPT_MAX) kept.clear();
    if (text.length <= KEPT_LENGTH_MAX) kept.set(text, key);
    return key;
  };
}

/** Whether an address lies in a range. */
export type AddressTest = (text: string) => boolean;

/** A test for `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32` or `*`; throws `address_invalid`. */
export function parseRange(range: string): AddressTest {
  if (range === "*") return () => true;
  const [base = "", bits, ...more] = range.split("/");
  const address = readAddress(base);
  const width = address?.kind() === "ipv4" ? 32 : 128;
  const prefix = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (address === undefined || !(prefix <= width) || more.length > 0) {
    throw rateLimiterErrors.address_invalid({
      detail: `"${range}" is neither an address nor a range such as 10.0.0.0/8 or 2001:db8::/32.`,
    });
  }
  return (text) => {
    const other = readAddress(text);
    return other !== undefined && other.kind() === address.kind() && other.match(address, prefix);
  };
}

/** IPv4 also where it is written as IPv6; a zone (`%eth0`) does not count. */
function readAddress(text: string): Address | undefined {
  const plain = text.split("%", 1)[0] ?? "";
  // Not `127.1` or `0x7f000001`: no socket is ever called so.
  if (!plain.includes(":") && !PLAIN_IPV4.test(plain)) return undefined;
  return ipaddr.isValid(plain) ? ipaddr.process(plain) : undefined;
}

function maskByte(prefix: number, index: number): number {
  const bits = Math.min(8, Math.max(0, prefix - index * 8));
  return (0xff << (8 - bits)) & 0xff;
}
