/**
 * Frames on a stream of bytes:
 *
 *     4 length │ 1 kind │ body │ 4 CRC-32 of kind and body
 *
 * `length` counts what follows it. Big-endian. A frame that is too long or fails
 * its checksum ends the stream: where the next one begins is not known any more.
 */
import { crc32 } from "node:zlib";

export const frameKinds = { hello: 1, proof: 2, refusal: 3, message: 4 } as const;

export interface Frame {
  readonly kind: number;
  /** Valid until the next `push`. */
  readonly body: Buffer;
}

/** Length, kind and checksum. */
export const FRAME_OVERHEAD_BYTES = 9;

export function encodeFrame(kind: number, body: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_OVERHEAD_BYTES + body.length);
  frame.writeUInt32BE(frame.length - 4, 0);
  frame.writeUInt8(kind, 4);
  frame.set(body, 5);
  frame.writeUInt32BE(crc32(frame.subarray(4, 5 + body.length)), 5 + body.length);
  return frame;
}

/** Cuts a stream into frames. Holds on to one unfinished frame at most. */
export class FrameReader {
  /** The longest body taken; may be changed between frames. */
  bodyBytesMax: number;
  #chunks: Buffer[] = [];
  #length = 0;
  /** How many bytes the frame that is coming takes, once that is known. */
  #wanted = 4;

  constructor(bodyBytesMax: number) {
    this.bodyBytesMax = bodyBytesMax;
  }

  /** Every frame that is whole with this chunk. Throws `RangeError` for what is none. */
  *push(chunk: Buffer): Generator<Frame, void> {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    // Nothing is joined before a frame is whole: a long one in small chunks costs its length once.
    while (this.#length >= this.#wanted) {
      const bytes = this.#joined();
      const length = bytes.readUInt32BE(0);
      if (length < 5 || length > this.bodyBytesMax + 5) {
        throw new RangeError(`a frame of ${length} bytes is not taken`);
      }
      this.#wanted = 4 + length;
      if (bytes.length < this.#wanted) return;
      const end = this.#wanted - 4;
      if (crc32(bytes.subarray(4, end)) !== bytes.readUInt32BE(end)) {
        throw new RangeError("a frame fails its checksum");
      }
      this.#rest(bytes);
      yield { kind: bytes.readUInt8(4), body: bytes.subarray(5, end) };
    }
  }

  #joined(): Buffer {
    const [only] = this.#chunks;
    if (this.#chunks.length === 1 && only !== undefined) return only;
    const joined = Buffer.concat(this.#chunks, this.#length);
    this.#chunks = [joined];
    return joined;
  }

  #rest(bytes: Buffer): void {
    const rest = bytes.subarray(this.#wanted);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
    this.#wanted = 4;
  }
}
