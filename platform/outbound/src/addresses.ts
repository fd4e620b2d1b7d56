/**
 * Which addresses may be reached: global unicast, and nothing else.
 *
 * Refusing what is known to be special is not enough, since ranges are added
 * and forgotten; so an IPv6 address must lie in 2000::/3, where all global
 * unicast is, and an address of either family in no special range of it
 * (`ipaddr.js` follows IANA's registries): private, loopback, link-local,
 * unique local, CGNAT, multicast, reserved, documentation, benchmarking,
 * unspecified. Addresses that carry an IPv4 address inside (mapped, NAT64,
 * 6to4, Teredo) are refused whatever they carry: a gateway would unwrap them
 * behind our back.
 */
import { Resolver } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import { outboundErrors } from "./errors.ts";

/** All addresses of a name; rejects when there are none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** Public by registry, yet a machine's own platform: Azure's host agent. */
const platformAddresses = ["168.63.129.16/32"];

export interface AddressCheck {
  /** Throws `address_forbidden` unless `address` may be reached on `port`. */
  (address: string, port: number): void;
}

export interface AddressRules {
  /** `address:port` (IPv6 in brackets) allowed whatever their range. For tests. */
  allowPrivate: readonly string[];
  /** CIDR blocks refused although public. */
  forbid: readonly string[];
}

/** Builds the check; throws a RangeError for a block that is none. */
export function createAddressCheck(rules: AddressRules): AddressCheck {
  const allowed = new Set(rules.allowPrivate);
  const forbidden = [...platformAddresses, ...rules.forbid].map(parseBlock);
  return (address, port) => {
    const parsed = ipaddr.isValid(address) ? ipaddr.parse(address) : undefined;
    const shown = address.includes(":") ? `[${address}]` : address;
    if (allowed.has(`${shown}:${port}`)) return;
    if (
      parsed === undefined ||
      !isGlobalUnicast(parsed) ||
      forbidden.some(([block, bits]) => block.kind() === parsed.kind() && parsed.match(block, bits))
    ) {
      // The address itself is not told: answers must not map our network.
      throw outboundErrors.address_forbidden();
    }
  };
}

const globalUnicast6 = ipaddr.IPv6.parse("2000::");

function isGlobalUnicast(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address instanceof ipaddr.IPv6 && !address.match(globalUnicast6, 3)) return false;
  return address.range() === "unicast";
}

function parseBlock(block: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  if (!ipaddr.isValidCIDR(block)) throw new RangeError(`"${block}" is not a CIDR block`);
  return ipaddr.parseCIDR(block);
}

/**
 * Asks the DNS directly. The system's `getaddrinfo` would hold one of the four
 * threads that files and password hashing also need, for as long as a hostile
 * name server likes; and it reads /etc/hosts, where names are private.
 */
export const resolveByDns: Resolve = async (hostname) => {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  const answers = await Promise.allSettled([
    resolver.resolve4(hostname),
    resolver.resolve6(hostname),
  ]);
  const addresses = answers.flatMap((answer) =>
    answer.status === "fulfilled" ? answer.value : [],
  );
  if (addresses.length === 0) {
    const cause: unknown = answers.find((answer) => answer.status === "rejected")?.reason;
    throw outboundErrors.fetch_failed({ detail: "The host name has no address.", cause });
  }
  return addresses;
};
