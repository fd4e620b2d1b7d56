/** Where something listens: `127.0.0.1:7001`, `[::1]:7001`. */
import { cliErrors } from "../errors.ts";

export interface Address {
  host: string;
  port: number;
}

/** Throws `usage` for anything else; `what` is the flag or setting it came from. */
export function parseAddress(text: string, what: string): Address {
  const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[^:\s]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) {
    throw cliErrors.usage({
      detail: `${what} must be host:port, not "${text}".`,
      hint: "For example 127.0.0.1:7001.",
    });
  }
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

/** The other way round. */
export const showAddress = ({ host, port }: Address): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`;
