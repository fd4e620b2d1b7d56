/**
 * Addresses cut down to networks. A home or a phone gets a whole IPv6 /64, so
 * counting single addresses there counts nothing; and what is stored with a
 * session should tell "another city", not "this flat".
 */
import { isIPv4, isIPv6 } from "node:net";

/** What attempts are counted by: an IPv4 address, an IPv6 /64, `unknown` otherwise. */
export function attemptNetworkOf(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === undefined) return "unknown";
  return parsed.version === 4 ? parsed.text : ipv6Network(parsed.groups, 4);
}

/** What is kept and shown: an IPv4 /24 or an IPv6 /48; `undefined` when it is no address. */
export function shownNetworkOf(address: string): string | undefined {
  const parsed = parseAddress(address);
  if (parsed === undefined) return undefined;
  if (parsed.version === 6) return ipv6Network(parsed.groups, 3);
  return `${parsed.text.split(".").slice(0, 3).join(".")}.0/24`;
}

type Address = { version: 4; text: string } | { version: 6; groups: readonly number[] };

function parseAddress(address: string): Address | undefined {
  if (isIPv4(address)) return { version: 4, text: address };
  const bare = address.split("%")[0] ?? "";
  if (!isIPv6(bare)) return undefined;
  const groups = ipv6Groups(bare);
  // ::ffff:192.0.2.1 is how a dual-stack socket shows an IPv4 caller.
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const bytes = groups.slice(6).flatMap((group) => [group >> 8, group & 255]);
    return { version: 4, text: bytes.join(".") };
  }
  return { version: 6, groups };
}

/** The eight 16-bit groups of a valid IPv6 address. */
function ipv6Groups(address: string): number[] {
  const [head = "", tail] = address.split("::");
  const before = groupsOf(head);
  if (tail === undefined) return before;
  const after = groupsOf(tail);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after];
}

function groupsOf(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

function ipv6Network(groups: readonly number[], kept: number): string {
  const shown = groups.slice(0, kept).map((group) => group.toString(16));
  return `${shown.join(":")}::/${kept * 16}`;
}
