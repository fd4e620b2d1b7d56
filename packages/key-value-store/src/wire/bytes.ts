/** Bytes written and read one field after the other. */

/** A buffer that grows. Reused from message to message: `take` copies what was written. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafeSlow(1_024);
  #length = 0;

  /** Forgets what was written. */
  clear(): void {
    this.#length = 0;
  }

  /** What was written since `clear`, as a copy. */
  take(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  byte(value: number): void {
    this.#bytes[this.#grow(1)] = value;
  }

  /** LEB128: seven bits a byte, lowest first; up to 2^53 - 1. */
  uint(value: number): void {
    let left = value;
    for (; left > 0x7f; left = Math.floor(left / 128)) this.byte((left % 128) | 0x80);
    this.byte(left);
  }

  double(value: number): void {
    this.#bytes.writeDoubleBE(value, this.#grow(8));
  }

  /** Without their length. */
  raw(bytes: Uint8Array): void {
    // Grown first: growing replaces the buffer.
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Room for so many bytes: where they begin. */
  #grow(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#length, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }
}

/** Reads what a `ByteWriter` wrote. Throws `RangeError` past the end and for what no writer writes. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Bytes that are not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.#bytes[this.#skip(1)] ?? 0;
  }

  uint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
    }
    throw new RangeError("a number is too long");
  }

  double(): number {
    return this.#bytes.readDoubleBE(this.#skip(8));
  }

  /** A copy: what was received is not held on to. */
  raw(length: number): Buffer {
    const at = this.#skip(length);
    return Buffer.from(this.#bytes.subarray(at, at + length));
  }

  #skip(count: number): number {
    const at = this.#at;
    if (count > this.left) throw new RangeError("it ends too early");
    this.#at += count;
    return at;
  }
}
