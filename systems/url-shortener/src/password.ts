/**
 * A link's password: hashed with argon2id, asked for by a form, and remembered
 * by a short-lived signed cookie that opens one link only.
 *
 *   token = <expiry in seconds> "." HMAC-SHA-256(key, link ID, expiry, password hash)
 *
 * The hash is part of what is signed, so that a new password ends all tokens.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";
import { linkErrors } from "./errors.ts";

/** OWASP's smallest advice for argon2id: 19 MiB, 2 passes; Algorithm.Argon2id is the default. */
const COST = Object.freeze({ memoryCost: 19_456, timeCost: 2, parallelism: 1 });

/** Hashings at once: each takes a thread and 19 MiB for about 20 ms. */
const AT_ONCE_MAX = 2;
/** Callers that may wait for their turn; beyond, they are told to come back. */
const WAITING_MAX = 64;

/** How long a password once given opens its link. */
export const TOKEN_TTL_SECONDS = 600;

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Throws `too_many_attempts` when too many others wait. */
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
export function createPasswords(key: Uint8Array): Passwords {
  let running = 0;
  const waiting: (() => void)[] = [];

  const inTurn = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (running >= AT_ONCE_MAX) {
      if (waiting.length >= WAITING_MAX) {
        throw linkErrors.too_many_attempts({
          detail: "Too many passwords are being checked.",
          retryAfterSeconds: 5,
        });
      }
      // Whoever leaves hands over its place: `running` stays the same.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
  const sign = (link: ProtectedLink, expiry: number): Buffer =>
    createHmac("sha256", key).update(`${link.id} ${expiry} ${link.passwordHash}`).digest();

  return {
    hash: (password) => inTurn(() => hash(password, COST)),
    verify: (passwordHash, password) => inTurn(() => verify(passwordHash, password)),
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
