/**
 * Job IDs: UUIDv7 (RFC 9562 §5.7). Made here, not in the database, so that they
 * grow with time and a batch of inserts touches the right edge of the indexes.
 *
 *   48 bits ms since 1970 │ version 7 │ 12 random │ variant │ 62 random
 */
import type { Clock, Random } from "@tenfold/core";

/** A new ID, in its canonical lower-case form. */
export function newJobId(clock: Clock, random: Random): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(Math.floor(clock.now()), 0, 6);
  bytes.set(random.bytes(10), 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}
