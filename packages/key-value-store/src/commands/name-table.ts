/**
 * Finds things by names of ASCII letters in any case, given as bytes: a table of
 * hashes over the letters in lower case, then a comparison.
 */

const UPPER_A = 65;
const UPPER_Z = 90;

export class NameTable<Thing> {
  readonly #byHash = new Map<number, (readonly [name: Uint8Array, thing: Thing])[]>();

  /** Names in lower case. */
  constructor(entries: readonly (readonly [name: string, thing: Thing])[]) {
    for (const [name, thing] of entries) {
      const bytes = Buffer.from(name, "latin1");
      const hash = hashName(bytes);
      this.#byHash.set(hash, [...(this.#byHash.get(hash) ?? []), [bytes, thing]]);
    }
  }

  find(name: Uint8Array): Thing | undefined {
    const found = this.#byHash.get(hashName(name));
    if (found === undefined) return undefined;
    for (const [bytes, thing] of found) if (isSame(bytes, name)) return thing;
    return undefined;
  }
}

/** Of the first eight letters and the length: names are short, and a stranger's may not be. */
function hashName(name: Uint8Array): number {
  let hash = name.length;
  const end = Math.min(name.length, 8);
  for (let i = 0; i < end; i++) hash = (Math.imul(hash, 31) + lower(name[i] ?? 0)) & 0x3fffffff;
  return hash;
}

function isSame(known: Uint8Array, given: Uint8Array): boolean {
  if (known.length !== given.length) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== lower(given[i] ?? 0)) return false;
  return true;
}

function lower(byte: number): number {
  return byte >= UPPER_A && byte <= UPPER_Z ? byte + 32 : byte;
}
