/**
 * The fields `RateLimit-Policy` and `RateLimit` of
 * draft-ietf-httpapi-ratelimit-headers-10, which are lists of structured
 * fields (RFC 9651):
 *
 *   RateLimit-Policy: "per-key";q=600;w=60, "uploads";q=4;qu="concurrent-requests"
 *   RateLimit:        "per-key";r=599;t=1, "uploads";r=3
 *                      └ rule    │     └ seconds until there is more
 *                                └ left now
 *
 * A bucket that saves up more than its rate says so with `tenfold-burst`. `t`
 * is when the next unit comes back where that is known (the two buckets), and
 * otherwise when the counter is as good as new. `pk`, the partition, is added
 * where the caller makes one. Shadow limits are not told of.
 *
 * What never changes about a limit is serialised once, by `structured-headers`,
 * and the policies of limits that are asked together are joined once; per answer
 * there is only what is left to write, O(charges).
 */
import { serializeItem, serializeList, type BareItem, type Item } from "structured-headers";
import type { Decision, JointDecision } from "../decision.ts";
import type { Limit } from "../limit.ts";
import type { Charge } from "../limiter.ts";

/** Bytes that tell a counter from the rule's others, without telling whose it is. */
export type PartitionKeyOf = (charge: Charge) => Uint8Array | undefined;

interface Prepared {
  /** The whole policy member: `"per-key";q=600;w=60`. */
  policy: string;
  /** What begins the service limit: `"per-key"`. */
  name: string;
}

// Limits are frozen and made once per rule: what is prepared goes when they go.
const preparedByLimit = new WeakMap<Limit, Prepared>();

function prepare(limit: Limit): Prepared {
  const known = preparedByLimit.get(limit);
  if (known !== undefined) return known;
  const parameters = new Map<string, BareItem>([["q", limit.policy.limit]]);
  if (limit.algorithm === "concurrency") parameters.set("qu", "concurrent-requests");
  else parameters.set("w", Math.max(1, Math.ceil(limit.windowMs / 1000)));
  if (limit.capacity !== limit.policy.limit) parameters.set("tenfold-burst", limit.capacity);
  const made = {
    policy: serializeItem(limit.name, parameters),
    name: serializeItem(limit.name, new Map()),
  };
  preparedByLimit.set(limit, made);
  return made;
}

/** The policies of some limits in turn, and what they are with one more. */
interface Joined {
  readonly text: string;
  readonly and: WeakMap<Limit, Joined>;
}

const nothing: Joined = { text: "", and: new WeakMap() };

/** `RateLimit-Policy`: the enforced limits that a request was charged; `undefined` without any. */
export function policyField(
  charges: readonly Charge[],
  partitionKeyOf?: PartitionKeyOf,
): string | undefined {
  let joined = nothing;
  for (const charge of charges) {
    if (charge.limit.shadow) continue;
    const known = partitionKeyOf === undefined ? joined.and.get(charge.limit) : undefined;
    joined = known ?? join(joined, charge, partitionKeyOf);
  }
  return joined.text === "" ? undefined : joined.text;
}

/** Kept, unless partitions differ from one key to the next. */
function join(before: Joined, charge: Charge, partitionKeyOf?: PartitionKeyOf): Joined {
  const begun = before.text === "" ? "" : `${before.text}, `;
  const text = begun + prepare(charge.limit).policy + partition(charge, partitionKeyOf);
  const joined: Joined = { text, and: new WeakMap() };
  if (partitionKeyOf === undefined) before.and.set(charge.limit, joined);
  return joined;
}

/** `RateLimit`: what is left of each of them, after `decision`. */
export function limitField(
  charges: readonly Charge[],
  decision: JointDecision,
  partitionKeyOf?: PartitionKeyOf,
): string | undefined {
  let text = "";
  let at = 0;
  for (const charge of charges) {
    if (charge.limit.shadow) continue;
    const part = decision.parts[at++];
    if (part === undefined) break;
    if (text !== "") text += ", ";
    text += `${prepare(charge.limit).name};r=${part.remaining}`;
    const seconds = secondsUntilMore(charge.limit, part);
    if (seconds !== undefined) text += `;t=${seconds}`;
    if (partitionKeyOf !== undefined) text += partition(charge, partitionKeyOf);
  }
  return text === "" ? undefined : text;
}

/** `Retry-After` for a refusal, at least 1; `undefined` when waiting would not help. */
export function retryAfterSeconds(decision: Decision): number | undefined {
  if (!Number.isFinite(decision.retryAfterMs)) return undefined;
  return Math.max(1, Math.ceil(decision.retryAfterMs / 1000));
}

/** `undefined` where it depends on others giving something back. */
function secondsUntilMore(limit: Limit, part: Decision): number | undefined {
  if (!part.allowed) return retryAfterSeconds(part);
  if (limit.algorithm === "concurrency") return undefined;
  // A bucket that is full again in `resetMs` got its next unit the others' time earlier.
  const others = limit.intervalMs * (limit.capacity - part.remaining - 1);
  return Math.max(0, Math.ceil((part.resetMs - Math.max(0, others)) / 1000));
}

function partition(charge: Charge, partitionKeyOf: PartitionKeyOf | undefined): string {
  const bytes = partitionKeyOf?.(charge);
  if (bytes === undefined) return "";
  const item: Item = ["", new Map([["pk", Uint8Array.from(bytes)]])];
  return serializeList([item]).slice(2);
}
