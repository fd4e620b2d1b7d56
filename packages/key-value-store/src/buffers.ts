/** Bytes as a `Buffer`, for its methods: the same memory, and mostly the same object. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bytes as text, a character each: a name for maps that sorts as the bytes do. */
export const nameOf = (bytes: Uint8Array): string => bufferOf(bytes).toString("latin1");
