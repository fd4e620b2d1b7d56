/**
 * Bodies, decoded while they arrive and cut at a bound.
 *
 * The bound is on what comes out of the decoders, so a bomb (42 KB that unfold
 * to gigabytes) costs no more memory than a body of that size; the wire is
 * bounded too, as an encoding can also go on without giving anything.
 */
import { pipeline, type Readable, Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { outboundErrors } from "./errors.ts";

/** What we ask for. */
export const acceptEncoding = "gzip, br";

/** Two encodings on one body are odd already; more are an attack. */
const ENCODINGS_MAX = 2;
/** How much longer than the decoded bound an encoded body may be. */
const WIRE_SLACK_BYTES = 64 * 1024;

export interface BoundedBody {
  body: Uint8Array;
  truncated: boolean;
}

/** Reads up to `bytesMax` decoded bytes of `source`, then destroys it. */
export async function readBody(
  source: Readable,
  contentEncoding: string,
  bytesMax: number,
): Promise<BoundedBody> {
  const stages = decodersOf(contentEncoding);
  const wire = boundWire(bytesMax + WIRE_SLACK_BYTES);
  // Errors reach the reader below through the last stage; the callback only keeps them handled.
  const decoded = [wire.stream, ...stages].reduce<Readable>(
    (from, stage) => pipeline(from, stage, () => undefined),
    source,
  );
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of decoded) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError("a body comes in bytes");
      const room = bytesMax - length;
      chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
      length += Math.min(chunk.length, room);
      if (chunk.length > room) return { body: Buffer.concat(chunks), truncated: true };
    }
  } catch (error) {
    if (!wire.exceeded()) throw error;
  } finally {
    source.destroy();
  }
  return { body: Buffer.concat(chunks), truncated: wire.exceeded() };
}

/** Ends the stream, without a word, once more than `bytesMax` have passed. */
function boundWire(bytesMax: number): { stream: Transform; exceeded(): boolean } {
  let passed = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passed += chunk.length;
      if (passed <= bytesMax) done(null, chunk);
      else done(new Error("more bytes on the wire than allowed"));
    },
  });
  return { stream, exceeded: () => passed > bytesMax };
}

function decodersOf(contentEncoding: string): Transform[] {
  const encodings = contentEncoding
    .toLowerCase()
    .split(",")
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== "" && encoding !== "identity");
  if (encodings.length > ENCODINGS_MAX) {
    throw outboundErrors.fetch_failed({ detail: "The body is encoded too many times." });
  }
  // Listed in the order they were applied: the last comes off first.
  return encodings.reverse().map(decoderOf);
}

function decoderOf(encoding: string): Transform {
  switch (encoding) {
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "br":
      return createBrotliDecompress();
    case "deflate":
      // RFC 9110: the zlib format. Some servers send it raw, so it is not among what we ask for.
      return createInflate();
    default:
      throw outboundErrors.fetch_failed({ detail: "The body has an encoding we did not ask for." });
  }
}
