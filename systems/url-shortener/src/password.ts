/**
 * A link's password: hashed with argon2id, asked for by a form, and remembered
 * by a short-lived signed cookie that opens one link only.
 *
 *   token = <expiry in seconds> "." HMAC-SHA-256(key, link ID, expiry, password hash)
 *
 * The hash is part of what is signed, so that a new password ends all tokens.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { PasswordHasher } from "@tenfold/password";

/** How long a password once given opens its link. */
export const TOKEN_TTL_SECONDS = 600;

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Throws `password_busy` when too many others wait. */
  verify(passwordHash: string, password: string): Promise<boolean>;
  /** A token that opens the link until `TOKEN_TTL_SECONDS` from now. */
  tokenFor(link: ProtectedLink, nowMs: number): string;
  opens(token: string | undefined, link: ProtectedLink, nowMs: number): boolean;
}

export interface ProtectedLink {
  id: string;
  passwordHash: string;
}

/** `key` signs the tokens: the same in every process. */
export function createPasswords(hasher: PasswordHasher, key: Uint8Array): Passwords {
  const sign = (link: ProtectedLink, expiry: number): Buffer =>
    createHmac("sha256", key).update(`${link.id} ${expiry} ${link.passwordHash}`).digest();

  return {
    hash: (password) => hasher.hash(password),
    verify: (passwordHash, password) => hasher.verify(passwordHash, password),
    tokenFor(link, nowMs) {
      const expiry = Math.floor(nowMs / 1000) + TOKEN_TTL_SECONDS;
      return `${expiry}.${sign(link, expiry).toString("base64url")}`;
    },
    opens(token, link, nowMs) {
      const [, expiryText, signature] = /^(\d{1,12})\.([\w-]{43})$/.exec(token ?? "") ?? [];
      if (expiryText === undefined || signature === undefined) return false;
      const expiry = Number(expiryText);
      return (
        expiry * 1000 > nowMs &&
        timingSafeEqual(Buffer.from(signature, "base64url"), sign(link, expiry))
      );
    },
  };
}
