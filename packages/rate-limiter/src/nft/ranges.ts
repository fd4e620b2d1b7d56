/** Addresses and ranges as nftables writes them, by family. */
import ipaddr from "ipaddr.js";

export interface Ranges {
  v4: readonly string[];
  v6: readonly string[];
}

/**
 * Sorts `10.0.0.0/8`, `192.0.2.1`, `2001:db8::/32` by family, as networks.
 * IPv4 written as IPv6 (`::ffff:192.0.2.1`) is IPv4. `undefined` when one of
 * them is no address.
 */
export function rangesOf(patterns: readonly string[]): Ranges | undefined {
  const v4: string[] = [];
  const v6: string[] = [];
  for (const pattern of patterns) {
    const range = rangeOf(pattern);
    if (range === undefined) return undefined;
    (range.family === "ipv4" ? v4 : v6).push(range.text);
  }
  return { v4, v6 };
}

function rangeOf(pattern: string): { family: "ipv4" | "ipv6"; text: string } | undefined {
  const [text = "", bits] = pattern.split("/");
  if (!ipaddr.isValid(text) || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return undefined;
  const parsed = ipaddr.parse(text);
  const address = ipaddr.process(text);
  const family = address.kind();
  const wide = family === "ipv4" ? 32 : 128;
  // A prefix counts from the front of what was written.
  const shift = parsed.kind() === "ipv6" && family === "ipv4" ? 96 : 0;
  const prefix = bits === undefined ? wide : Number(bits) - shift;
  if (prefix < 0 || prefix > wide) return undefined;
  const bytes = address.toByteArray();
  const network = ipaddr.fromByteArray(bytes.map((byte, at) => byte & maskByte(prefix - at * 8)));
  return { family, text: prefix === wide ? network.toString() : `${network.toString()}/${prefix}` };
}

/** The mask of a prefix length, as nftables writes a mask in an expression. */
export function maskOf(family: "v4" | "v6", prefix: number): string {
  const length = family === "v4" ? 4 : 16;
  const bytes = Array.from({ length }, (_, at) => maskByte(prefix - at * 8));
  return ipaddr.fromByteArray(bytes).toString();
}

/** The byte that keeps the first `bits` bits. */
function maskByte(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}
