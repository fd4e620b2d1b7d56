/** Optimistic concurrency: `ETag` out, `If-Match` in. Handlers compare versions. */

/** A version as a strong ETag: `"7"`. Send it as the `etag` header. */
export function etagOf(version: string | number | bigint): string {
  return `"${version}"`;
}

/**
 * The version in an `If-Match` header, without quotes; `*` stays `*`. A weak
 * or listed tag never matches strongly (RFC 9110 §13.1.1), so it is kept as it
 * came and compares unequal.
 */
export function versionOfIfMatch(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  return /^"([^"]*)"$/.exec(header.trim())?.[1] ?? header.trim();
}
