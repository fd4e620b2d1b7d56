/**
 * UUIDs of version 4 and 7 (RFC 9562): 128 bits, no coordination at all.
 *
 *   v4   random 48                    │4│ random 12  │10│ random 62
 *   v7   ms since the Unix epoch (48) │7│ counter    │10│ counter 30 │ random 32
 *                                         upper 12
 *
 * A version 7 sorts by time, so it is kind to an index. Within a ms, and while
 * the clock is behind where it has been, the 42 bits of counter go on (RFC 9562
 * §6.2, method 1), so the order of one generator is strict: it is never reset
 * by a clock that steps back, however far (npm's uuidv7 begins anew after 10 s).
 * The counter starts at a random number of 41 bits in each ms, so it has room
 * for 2.2 × 10^12 more; if it is full all the same, the next ms is borrowed.
 *
 * The price of a strict order is that after a clock has jumped ahead and was set
 * right, the times in the IDs stay ahead until the clock has caught up.
 * Uniqueness rests on 32 random bits and the counter's start, 73 bits in a ms.
 */
import type { Clock, Random } from "@tenfold/core";
import { uniqueIdErrors } from "./errors.ts";

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const TIME_MS_MAX = 2 ** 48 - 1;
const POOL_BYTES = 4_096;

export interface UuidV7 {
  /** The next UUID, lower case with hyphens. Throws `clock_out_of_range` past the year 10889. */
  next(): string;
  /** The ms of the newest one; above the clock after a step back. */
  lastMs(): number | undefined;
}

/** A generator of version 4; `crypto.randomUUID()` does the same where there is no `Random` to inject. */
export function createUuidV4(deps: { random: Random }): { next(): string } {
  const draw = createPool(deps.random);
  return {
    next() {
      const second = (draw() & 0xffff_0fff) | 0x4000;
      const third = (draw() & 0x3fff_ffff) | 0x8000_0000;
      return join(draw(), second, third, draw());
    },
  };
}

/** A strictly monotonic generator of version 7. O(1); needs 4 random bytes an ID. */
export function createUuidV7(deps: { clock: Pick<Clock, "now">; random: Random }): UuidV7 {
  const { clock, random } = deps;
  const draw = createPool(random);
  let ms = -1;
  // The counter: 12 and 30 bits.
  let upper = 0;
  let lower = 0;

  const begin = (atMs: number): void => {
    if (!(atMs >= 0 && atMs <= TIME_MS_MAX)) {
      throw uniqueIdErrors.clock_out_of_range({
        detail: `The clock says ${atMs} ms, which does not fit 48 bits.`,
      });
    }
    ms = atMs;
    // The first bit is left 0, as room to count.
    upper = draw() >>> 21;
    lower = draw() >>> 2;
  };

  return {
    next() {
      const nowMs = Math.floor(clock.now());
      if (nowMs > ms || ms < 0) begin(nowMs);
      else if (lower < 0x3fff_ffff) lower += 1;
      else if (upper < 0xfff) {
        upper += 1;
        lower = 0;
      } else begin(ms + 1);
      return join(
        Math.floor(ms / 0x1_0000),
        ((ms & 0xffff) << 16) | 0x7000 | upper,
        0x8000_0000 | lower,
        draw(),
      );
    },
    lastMs: () => (ms < 0 ? undefined : ms),
  };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The 16 bytes of a UUID. Throws `id_invalid`. */
export function uuidBytes(text: string): Uint8Array {
  if (!UUID.test(text)) {
    throw uniqueIdErrors.id_invalid({ detail: "A UUID is 32 hexadecimal digits in 8-4-4-4-12." });
  }
  const hex = text.replaceAll("-", "");
  return Uint8Array.from({ length: 16 }, (_, at) =>
    Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16),
  );
}

/** The UUID of 16 bytes. Throws a RangeError for another number of them. */
export function uuidText(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new RangeError(`a UUID has 16 bytes, not ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  return join(view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12));
}

/** When a version 7 was made, in ms since the Unix epoch; `undefined` for other versions. */
export function uuidTimeMs(text: string): number | undefined {
  const bytes = uuidBytes(text);
  if ((bytes[6] ?? 0) >>> 4 !== 7) return undefined;
  return bytes.subarray(0, 6).reduce((ms, byte) => ms * 256 + byte, 0);
}

/** 32 random bits a call, drawn from the source in larger pieces. */
function createPool(random: Random): () => number {
  let pool: DataView = new DataView(new ArrayBuffer(0));
  let at = 0;
  return () => {
    if (at >= pool.byteLength) {
      const bytes = random.bytes(POOL_BYTES);
      pool = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      at = 0;
    }
    at += 4;
    return pool.getUint32(at - 4);
  };
}

/** Four words of 32 bits as text. */
function join(a: number, b: number, c: number, d: number): string {
  return `${hex(a >>> 16)}${hex(a)}-${hex(b >>> 16)}-${hex(b)}-${hex(c >>> 16)}-${hex(c)}${hex(d >>> 16)}${hex(d)}`;
}

/** The lower 16 bits. */
function hex(word: number): string {
  return (HEX[(word >>> 8) & 0xff] ?? "") + (HEX[word & 0xff] ?? "");
}
