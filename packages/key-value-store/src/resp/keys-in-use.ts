/**
 * Which keys the running commands of one connection use. Keys are told apart by a
 * hash of 31 bits alone: two that share one wait for each other, which costs time
 * and nothing else, and only the client that chose them.
 */
import { keysOf, type CommandSpec } from "../commands/command.ts";

/** The hashes of a command's keys; an empty list where it has none. */
export function hashKeys(spec: CommandSpec, words: readonly Buffer[], into: number[]): void {
  into.length = 0;
  const { keys } = spec;
  if (keys === undefined) return;
  if (keys.first === keys.last) {
    const key = words[keys.first];
    if (key !== undefined) into.push(hashBytes(key));
    return;
  }
  for (const key of keysOf(spec, words)) into.push(hashBytes(key));
}

export class KeysInUse {
  /** By hash: how many read it, or, below zero, how many times it is written. */
  readonly #uses = new Map<number, number>();

  /** Whether a command on `keys` need not wait: readers share, a writer does not. */
  isFree(keys: readonly number[], writes: boolean): boolean {
    for (const key of keys) {
      const use = this.#uses.get(key);
      if (use !== undefined && (writes || use < 0)) return false;
    }
    return true;
  }

  take(keys: readonly number[], writes: boolean): void {
    for (const key of keys) this.#add(key, writes ? -1 : 1);
  }

  release(keys: readonly number[], writes: boolean): void {
    for (const key of keys) this.#add(key, writes ? 1 : -1);
  }

  #add(key: number, step: number): void {
    const use = (this.#uses.get(key) ?? 0) + step;
    if (use === 0) this.#uses.delete(key);
    else this.#uses.set(key, use);
  }
}

/** FNV-1a, cut to what V8 holds without an object. */
function hashBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return hash >>> 2;
}
