/**
 * Fetching what users name: every outbound request to a user's URL goes
 * through this one guard. It checks the address at connect time, on every
 * redirect hop, and bounds time and bytes.
 *
 * Contract
 * - Only http and https, no credentials in the URL, no port of another
 *   protocol (`target.ts` says which).
 * - A connection goes only to an address that was checked, and only when every
 *   address of the name is public. The name is not resolved a second time.
 * - `status` is whatever the last hop answered: 404 and 500 are answers.
 * - Certificates are verified. No cookies are kept, no cache is read.
 * - Nothing is retried.
 */

export interface FetchOptions {
  /** Whole-request limit, redirects included. */
  timeoutMs: number;
  /** The decoded body is cut here. */
  bodyBytesMax: number;
  /** Going on after so many throws `fetch_failed`; 0 answers the first redirect itself. */
  redirectsMax: number;
  /** Those that could carry a secret are dropped when a redirect leaves the origin. */
  headers?: Readonly<Record<string, string>>;
  /** Its reason is thrown when it aborts. */
  signal?: AbortSignal;
}

export interface Fetched {
  /** The last hop's. */
  url: string;
  status: number;
  /** Lower-case names; a repeated header is joined with `, `. */
  headers: Readonly<Record<string, string>>;
  /** Without its content encoding. */
  body: Uint8Array;
  /** True when the body went on past `bodyBytesMax`. */
  truncated: boolean;
}

export interface Outbound {
  /**
   * Throws `url_invalid` for what is no fetchable URL, `address_forbidden` for
   * private, loopback and link-local targets on any hop, `fetch_timeout` when
   * time ran out, `fetch_busy` when too many are under way, and `fetch_failed`
   * otherwise.
   */
  get(url: string, options: FetchOptions): Promise<Fetched>;
}
