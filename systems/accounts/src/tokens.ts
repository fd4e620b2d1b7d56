/**
 * Opaque tokens: 256 random bits that mean nothing by themselves.
 *
 *   tfs_ 9Xk2…43 digits of base 62…  4fTz1Q
 *   │    │                           └ CRC-32 of all before it, 6 digits
 *   │    └ 256 bits from the operating system
 *   └ tfs_ session · tf_ API key · tfi_ invitation
 *
 * The prefix lets a secret scanner recognise a leaked one, the check sum lets
 * it (and us) tell a real one from a typo without asking a database. Only the
 * SHA-256 is stored: with 256 bits of entropy there is nothing to guess, so a
 * slow hash would only slow us down.
 */
import type { Random } from "@tenfold/core";
import { BASE62_ALPHABET } from "@tenfold/unique-id";
import { hash } from "node:crypto";
import { crc32 } from "node:zlib";

export type TokenKind = "session" | "key" | "invitation";

const prefixes = Object.freeze({ session: "tfs_", key: "tf_", invitation: "tfi_" });
const kinds: Readonly<Record<string, TokenKind>> = Object.freeze({
  tfs: "session",
  tf: "key",
  tfi: "invitation",
});
const form = /^(tfs|tf|tfi)_[0-9A-Za-z]{49}$/;
const checkLength = 6;

/** Makes a new token. Show it once, keep `hashToken` of it. */
export function mintToken(kind: TokenKind, random: Random): string {
  const number = BigInt(`0x${Buffer.from(random.bytes(32)).toString("hex")}`);
  const body = prefixes[kind] + base62(number, 43);
  return body + checkOf(body);
}

/** What the token is for; `undefined` when its form or check sum is wrong. */
export function tokenKindOf(token: string): TokenKind | undefined {
  const kind = kinds[form.exec(token)?.[1] ?? ""];
  if (kind === undefined) return undefined;
  const body = token.slice(0, -checkLength);
  return checkOf(body) === token.slice(-checkLength) ? kind : undefined;
}

/** What is stored in the token's stead: 32 bytes. */
export function hashToken(token: string): Buffer {
  return hash("sha256", token, "buffer");
}

/** Enough of an API key to recognise it by, far too little to guess the rest. */
export function hintOf(token: string): string {
  return token.slice(0, "tf_".length + 6);
}

function checkOf(body: string): string {
  return base62(BigInt(crc32(body)), checkLength);
}

/** For numbers wider than the 64 bits that `@tenfold/unique-id` writes. */
function base62(number: bigint, length: number): string {
  let text = "";
  for (let rest = number; rest > 0n; rest /= 62n) {
    text = BASE62_ALPHABET.charAt(Number(rest % 62n)) + text;
  }
  return text.padStart(length, "0");
}
