/**
 * Where codes come from: the two ways the field compares, behind one interface.
 *
 *                    number (permuted, plain)            hash
 *   made from        a durable counter                   the URL itself
 *   length           7 (plain: grows with the count)     7
 *   collisions       none                                resolved by hashing again
 *   database asked   once per block of 10,000 numbers    not before the insert: a Bloom filter
 *   next code        permuted: unguessable; plain: +1    unguessable (keyed)
 *
 * Both promise only *probably free*: chosen slugs share the space, so the
 * unique index decides, and a refused code is asked for again with `attempt` + 1.
 */
import { isReserved } from "./reserved.ts";
import { isRudeCode } from "./rude-words.ts";

export interface CodeRequest {
  url: string;
  /** The code's namespace. */
  domain: string;
  ownerId: string;
  /** How many codes the database has refused for this link so far. */
  attempt: number;
}

export interface CodeSource {
  /** Fills what must be filled before the first code. */
  start(): Promise<void>;
  /** A code that is probably free: not rude, not reserved, not one given before. */
  next(request: CodeRequest): Promise<string>;
  /** Told of each code that is taken now, whoever chose it. */
  taken(domain: string, code: string): void;
}

/** True when a generated code may be shown to people. */
export function isPresentable(code: string): boolean {
  return !isReserved(code) && !isRudeCode(code);
}
