/**
 * A context: what a client has seen of one key, as text that only this store makes.
 *
 *     base64url of   12 bytes proof │ the vector as a record
 *
 * The proof is an HMAC over the key and the vector. It binds a context to its key,
 * and keeps a client from claiming to have seen what is still to come: such a write
 * would remove others' writes unseen.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Vector } from "../cell.ts";
import { keyValueErrors } from "../errors.ts";
import type { Bytes } from "../keyspace.ts";
import { decodeKnowledge, encodeKnowledge } from "../record.ts";

const PROOF_BYTES = 12;

export interface Contexts {
  readonly encode: (key: Bytes, vector: Vector) => Bytes;
  /** Throws `context_invalid` for another key's and for anything not made here. */
  readonly decode: (key: Bytes, context: Bytes) => Vector;
}

/** `secret` is the cluster's: a context of one node is good at every other. */
export function createContexts(secret: string): Contexts {
  const proofOf = (key: Bytes, record: Uint8Array): Buffer =>
    createHmac("sha256", `context:${secret}`)
      .update(String(key.length))
      .update(":")
      .update(key)
      .update(record)
      .digest()
      .subarray(0, PROOF_BYTES);
  return {
    encode(key, vector) {
      const record = encodeKnowledge(vector);
      const bytes = Buffer.concat([proofOf(key, record), record]);
      return Buffer.from(bytes.toString("base64url"), "latin1");
    },
    decode(key, context) {
      const bytes = Buffer.from(Buffer.from(context).toString("latin1"), "base64url");
      const [proof, record] = [bytes.subarray(0, PROOF_BYTES), bytes.subarray(PROOF_BYTES)];
      if (proof.length < PROOF_BYTES || !timingSafeEqual(proof, proofOf(key, record))) {
        throw keyValueErrors.context_invalid();
      }
      return decodeKnowledge(record);
    },
  };
}
