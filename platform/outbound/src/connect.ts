/**
 * Connections that go only where the check allowed.
 *
 *   name ──▶ resolve once ──▶ check every address ──▶ connect to one of these
 *   literal address ────────▶ check ────────────────▶ connect to it
 *
 * The check sits inside the lookup of the very connection it is for, so there
 * is no second resolution that could answer differently (DNS rebinding). A
 * literal address never reaches a lookup, so it is checked before. What the
 * socket says it reached is checked once more.
 */
import type { LookupAddress, LookupOptions } from "node:dns";
import { isIP } from "node:net";
import { buildConnector } from "undici";
import type { AddressCheck, Resolve } from "./addresses.ts";
import { outboundErrors } from "./errors.ts";

export interface ConnectParts {
  check: AddressCheck;
  resolve: Resolve;
  connectTimeoutMs: number;
}

type Lookup = (
  hostname: string,
  options: LookupOptions,
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/** A connector for undici's `Agent`. */
export function createGuardedConnector(parts: ConnectParts): buildConnector.connector {
  const { check } = parts;
  return (target, callback) => {
    const port = Number(target.port || (target.protocol === "https:" ? 443 : 80));
    try {
      if (isIP(target.hostname) !== 0) check(target.hostname, port);
    } catch (error) {
      callback(asError(error), null);
      return;
    }
    // The port belongs to the check, so the lookup is made for this connection.
    const lookup: Lookup = (hostname, _options, found) => {
      lookUp(parts, hostname, port).then(
        (addresses) => found(null, addresses),
        (error: unknown) => found(asError(error), []),
      );
    };
    const connect = buildConnector({
      timeout: parts.connectTimeoutMs,
      allowH2: false,
      maxCachedSessions: 0,
      autoSelectFamily: true,
      lookup,
    });
    connect(target, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      try {
        check(socket.remoteAddress ?? "", port);
      } catch (forbidden) {
        socket.destroy();
        return callback(asError(forbidden), null);
      }
      callback(null, socket);
    });
  };
}

async function lookUp(
  { resolve, check }: ConnectParts,
  hostname: string,
  port: number,
): Promise<LookupAddress[]> {
  // RFC 6761: these names mean this machine, whatever a DNS says.
  if (/(^|\.)localhost\.?$/i.test(hostname)) throw outboundErrors.address_forbidden();
  const addresses = await resolve(hostname);
  for (const address of addresses) check(address, port);
  return addresses.map((address) => ({ address, family: isIP(address) }));
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
