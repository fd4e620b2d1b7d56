/**
 * How two nodes meet: who they are, and that both know the cluster's secret.
 *
 *     dialler                                     listener
 *        ── hello: versions, cluster, name, nonce, time ──▶
 *        ◀── hello: the same ──────────────────────────────
 *        ◀── proof: HMAC(secret, "listener" │ both hellos) ─
 *        ── proof: HMAC(secret, "dialler" │ both hellos) ──▶
 *
 * The hellos hold a fresh nonce of each side, so a proof is good for this one
 * meeting, and the role in it keeps a proof from being sent back to who made it.
 * The secret itself is never sent. What is said later is not sealed: on a network
 * that is not trusted, use TLS beneath.
 *
 * Pure: bytes in, bytes out.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { bytes, record, text, uint, type Coded } from "./codec.ts";

/** Protocol versions this program speaks. Two nodes use the highest that both do. */
export const VERSION_MIN = 1;
export const VERSION_MAX = 1;

const MAGIC = "tenfold-kv";
export const NONCE_BYTES = 16;

const helloCodec = record<{
  magic: string;
  versionMin: number;
  versionMax: number;
  cluster: string;
  name: string;
  nonce: Uint8Array;
  /** The sender's wall clock. */
  nowMs: number;
}>({
  magic: text,
  versionMin: uint,
  versionMax: uint,
  cluster: text,
  name: text,
  nonce: bytes,
  nowMs: uint,
});
export type Hello = Coded<typeof helloCodec>;

export type Role = "dialler" | "listener";

export function createHello(
  own: Pick<Hello, "cluster" | "name" | "nonce" | "nowMs"> &
    Partial<Pick<Hello, "versionMin" | "versionMax">>,
): Buffer {
  const writer = new ByteWriter();
  const versions = { versionMin: VERSION_MIN, versionMax: VERSION_MAX };
  helloCodec.write(writer, { magic: MAGIC, ...versions, ...own });
  return writer.take();
}

/** `undefined` for what is no hello. */
export function readHello(body: Buffer): Hello | undefined {
  try {
    const hello = helloCodec.read(new ByteReader(body));
    const isOne = hello.magic === MAGIC && hello.nonce.length === NONCE_BYTES && hello.name !== "";
    return isOne ? hello : undefined;
  } catch {
    // Whoever it is, it is no node.
    return undefined;
  }
}

/** Why two nodes may not speak, in words for the operators of both; `undefined` when they may. */
export function refusalOf(
  own: Hello,
  other: Hello,
  { clockSkewMsMax }: { clockSkewMsMax: number },
): string | undefined {
  if (other.versionMax < own.versionMin || other.versionMin > own.versionMax) {
    return `"${other.name}" speaks versions ${other.versionMin} to ${other.versionMax} of the protocol, "${own.name}" ${own.versionMin} to ${own.versionMax}: upgrade the older one`;
  }
  if (other.cluster !== own.cluster) {
    return `"${other.name}" is of cluster "${other.cluster}", "${own.name}" of "${own.cluster}"`;
  }
  if (other.name === own.name) {
    return `both are called "${own.name}": give each node a name of its own`;
  }
  const skewMs = Math.abs(other.nowMs - own.nowMs);
  if (skewMs > clockSkewMsMax) {
    return `the clocks of "${other.name}" and "${own.name}" are ${skewMs} ms apart, and may be ${clockSkewMsMax}: set them`;
  }
  return undefined;
}

/** What shows that one knows the secret. */
export function createProof(
  secret: string,
  role: Role,
  hellos: { dialler: Uint8Array; listener: Uint8Array },
): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(hellos.dialler.length);
  return createHmac("sha256", secret)
    .update(`${MAGIC} ${role}\0`)
    .update(length)
    .update(hellos.dialler)
    .update(hellos.listener)
    .digest();
}

/** In a time that does not depend on how much of the proof is right. */
export function isProof(given: Uint8Array, expected: Uint8Array): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}
