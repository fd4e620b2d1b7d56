/**
 * How often an address may try: a fixed window of a minute per address, in this
 * process's memory, with a bound on how many addresses are remembered. Asked
 * only when a code is not in memory, so that a redirect never pays for it.
 */
import type { Clock } from "@tenfold/core";

export interface Attempts {
  /** True when the address has used up its minute. */
  exceeded(address: string): boolean;
  /** Counts one attempt. */
  count(address: string): void;
}

const WINDOW_MS = 60_000;
const ADDRESSES_MAX = 50_000;

/** Allows `perMinuteMax` attempts a minute. */
export function createAttempts(
  { clock }: { clock: Clock },
  { perMinuteMax }: { perMinuteMax: number },
): Attempts {
  let counts = new Map<string, number>();
  let windowEndsMs = 0;
  const current = (): Map<string, number> => {
    const nowMs = clock.monotonic();
    if (nowMs >= windowEndsMs || counts.size >= ADDRESSES_MAX) {
      counts = new Map();
      windowEndsMs = nowMs + WINDOW_MS;
    }
    return counts;
  };
  return {
    exceeded: (address) => (current().get(networkOf(address)) ?? 0) >= perMinuteMax,
    count(address) {
      const network = networkOf(address);
      const counted = current();
      counted.set(network, (counted.get(network) ?? 0) + 1);
    },
  };
}

/** An IPv4 address as it is; of IPv6 the /64, since one household or machine has all of it. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(":")) return mapped ?? address;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros =
    tail === undefined
      ? []
      : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  return `${[...left, ...zeros, ...right].slice(0, 4).join(":")}::/64`;
}
