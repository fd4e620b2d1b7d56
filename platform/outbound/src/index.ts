/**
 * Fetching what users name: every outbound request to a user's URL goes
 * through this one guard. It checks the address at connect time, on every
 * redirect hop, and bounds time and bytes.
 */

export interface FetchOptions {
  /** Whole-request limit, redirects included. */
  timeoutMs: number;
  /** The decoded body is cut here. */
  bodyBytesMax: number;
  redirectsMax: number;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

export interface Fetched {
  /** The last hop's. */
  url: string;
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  /** True when the body went on past `bodyBytesMax`. */
  truncated: boolean;
}

export interface Outbound {
  /** Throws `address_forbidden` for private, loopback and link-local targets, `fetch_failed` otherwise. */
  get(url: string, options: FetchOptions): Promise<Fetched>;
}
