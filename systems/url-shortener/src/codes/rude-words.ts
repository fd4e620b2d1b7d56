/**
 * Codes that read as rude words, also in leetspeak: `sh1t`, `a55`, `fUUck`.
 *
 * The words are those of obscenity's English data set. Its own matcher minds
 * word boundaries, which a random code does not have, and takes 34 µs a code; here
 * its patterns become one regular expression over the code written plainly
 * (small letters, digits read as the letters they look like), about 1 µs. It
 * refuses a little too much (about 1 code in 100), which costs a number each.
 */
import {
  englishDataset,
  englishRecommendedTransformers,
  RegExpMatcher,
  type LiteralNode,
  type ParsedPattern,
  type WildcardNode,
} from "obscenity";

const LOOKS_LIKE: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "6": "g",
  "7": "t",
  "8": "b",
  "9": "g",
};

/** Words this short would refuse too many random codes; none of them is in the data set today. */
const WORD_LENGTH_MIN = 2;

const dataset = englishDataset.build();
const rude = new RegExp(
  dataset.blacklistedTerms
    .map(({ pattern }) => sourceOf(pattern))
    .filter((source) => source.length >= WORD_LENGTH_MIN)
    .join("|"),
);
const words = new RegExpMatcher({ ...dataset, ...englishRecommendedTransformers });

/** True when a generated code holds something rude anywhere. May be wrong on the safe side. */
export function isRudeCode(code: string): boolean {
  const plain = code.toLowerCase().replaceAll(/[0-9]/g, (digit) => LOOKS_LIKE[digit] ?? digit);
  // Read twice, as 1 stands for i and for l; and once more with repeated letters as one.
  return (
    rude.test(plain) ||
    rude.test(plain.replaceAll(/(.)\1+/g, "$1")) ||
    (code.includes("1") && rude.test(plain.replaceAll("i", "l")))
  );
}

/** True when a chosen slug reads as rude. Minds word boundaries, so `Scunthorpe` and `assess` pass. */
export function isRudeSlug(slug: string): boolean {
  return words.hasMatch(slug) || words.hasMatch(slug.replaceAll(/[-_]+/g, " "));
}

function sourceOf({ nodes }: ParsedPattern): string {
  return nodes
    .map((node) => ("childNode" in node ? `(?:${letters(node.childNode)})?` : letters(node)))
    .join("");
}

function letters(node: LiteralNode | WildcardNode): string {
  if (!("chars" in node)) return ".";
  return String.fromCodePoint(...node.chars).replaceAll(/[^a-z0-9]/g, String.raw`\$&`);
}
