/** Codes from a durable counter: each number once, written in the alphabet, permuted or as it is. */
import { createPermutation, type SegmentAllocator } from "@tenfold/unique-id";
import { CODE_LENGTH, writeCode, type Alphabet } from "./alphabet.ts";
import { isPresentable, type CodeSource } from "./codes.ts";

export interface NumberCodesOptions {
  alphabet: Alphabet;
  /** The permutation's key; absent: plain numbers, which anyone can count through. */
  key: Uint8Array | undefined;
}

/** `number` ↔ code, for one alphabet and key. */
export function createNumberCode({
  alphabet,
  key,
}: NumberCodesOptions): (number: bigint) => string {
  if (key === undefined) return (number) => writeCode(number, alphabet);
  const permutation = createPermutation({ key, size: alphabet.size });
  return (number) => writeCode(permutation.forward(number), alphabet, CODE_LENGTH);
}

/** Draws numbers until one makes a presentable code; those skipped are gaps. */
export function createNumberCodes(
  { numbers }: { numbers: SegmentAllocator },
  options: NumberCodesOptions,
): CodeSource {
  const codeOf = createNumberCode(options);
  return {
    start: async () => undefined,
    async next() {
      for (;;) {
        const code = codeOf(await numbers.next());
        if (isPresentable(code)) return code;
      }
    },
    taken: () => undefined,
  };
}
