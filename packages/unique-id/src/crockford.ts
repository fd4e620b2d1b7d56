/**
 * 128 bits as 26 characters: ULID and TypeID, two ways to write a UUID that are
 * shorter, free of hyphens, and sort as the UUID does.
 *
 *   UUID     0188bac7-4afa-78aa-bc3b-bd1eef28d881
 *   ULID     01H2XCEJQTF2NBREXX3VQJHP41            upper case
 *   TypeID   user_01h2xcejqtf2nbrexx3vqjhp41       lower case, with what it is of
 *
 * Crockford's base 32: digits and letters without I, L, O and U, five bits each;
 * two leading bits are 0, so the first character is at most 7. A ULID made from
 * a UUID of version 7 carries its time in the same 48 bits; six of what ULID
 * calls random bits are then the UUID's version and variant.
 *
 * Sources: ulid/spec, jetify-com/typeid (v0.3), crockford.com/base32.html.
 */
import { uniqueIdErrors } from "./errors.ts";
import { uuidBytes, uuidText } from "./uuid.ts";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** As `BigInt.prototype.toString(32)` writes. */
const PLAIN = "0123456789abcdefghijklmnopqrstuv";
const TO_CROCKFORD = new Map(PLAIN.split("").map((digit, value) => [digit, ALPHABET[value] ?? ""]));
const VALUES = new Map(ALPHABET.split("").map((character, value) => [character, BigInt(value)]));
const PREFIX = /^[a-z]([a-z_]{0,61}[a-z])?$/;

/** A UUID as a ULID. Throws `id_invalid`. */
export function ulidOfUuid(uuid: string): string {
  return encode(uuidBytes(uuid));
}

/** A ULID, of either case, as a UUID. Throws `id_invalid`. */
export function uuidOfUlid(ulid: string): string {
  return uuidText(decode(ulid.toUpperCase()));
}

/** A UUID as a TypeID; `prefix` is up to 63 letters and inner underscores, or empty. Throws `id_invalid`. */
export function typeIdOfUuid(prefix: string, uuid: string): string {
  checkPrefix(prefix);
  const suffix = encode(uuidBytes(uuid)).toLowerCase();
  return prefix === "" ? suffix : `${prefix}_${suffix}`;
}

/** The prefix of a TypeID and its UUID. Throws `id_invalid`. */
export function uuidOfTypeId(typeId: string): { prefix: string; uuid: string } {
  const split = typeId.lastIndexOf("_");
  const suffix = typeId.slice(split + 1);
  if (split === 0 || suffix !== suffix.toLowerCase()) throw invalid("TypeID");
  const prefix = split < 0 ? "" : typeId.slice(0, split);
  checkPrefix(prefix);
  return { prefix, uuid: uuidText(decode(suffix.toUpperCase())) };
}

function checkPrefix(prefix: string): void {
  if (prefix !== "" && !PREFIX.test(prefix)) throw invalid("TypeID prefix");
}

function encode(bytes: Uint8Array): string {
  const plain = bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n).toString(32);
  const text = plain.split("").map((digit) => TO_CROCKFORD.get(digit) ?? "");
  return text.join("").padStart(26, "0");
}

function decode(text: string): Uint8Array {
  if (text.length !== 26 || (text[0] ?? "8") > "7") throw invalid("ULID");
  let value = 0n;
  for (const character of text) {
    const digit = VALUES.get(character);
    if (digit === undefined) throw invalid("ULID");
    value = value * 32n + digit;
  }
  return Uint8Array.from({ length: 16 }, (_, at) =>
    Number((value >> BigInt(8 * (15 - at))) & 0xffn),
  );
}

function invalid(what: string): Error {
  return uniqueIdErrors.id_invalid({ detail: `This is not a ${what}.` });
}
