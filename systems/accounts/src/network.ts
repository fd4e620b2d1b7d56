/**
 * Addresses cut down to networks. A home or a phone gets a whole IPv6 /64, so
 * counting single addresses there counts nothing; and what is stored with a
 * session should tell "another city", not "this flat".
 */
import { addressKey } from "@tenfold/rate-limiter";
import { isIP } from "node:net";

/** What attempts are counted by: an IPv4 address, an IPv6 /64, `unreadable` otherwise. */
export function attemptNetworkOf(address: string): string {
  return addressKey(address, { ipv4Prefix: 32, ipv6Prefix: 64 });
}

/** What is kept and shown: an IPv4 /24 or an IPv6 /48; `undefined` when it is no address. */
export function shownNetworkOf(address: string): string | undefined {
  return isIP(address) === 0 ? undefined : addressKey(address, { ipv4Prefix: 24, ipv6Prefix: 48 });
}
