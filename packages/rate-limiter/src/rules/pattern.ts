/**
 * Patterns of rules: text in which each `*` stands for any run of characters,
 * also none. Matched in O(text × stars) at worst, without regular expressions.
 */
export type Test = (text: string) => boolean;

export function compilePattern(pattern: string): Test {
  const parts = pattern.split("*");
  const [first = "", ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return (text) => text === pattern;
  return (text) => {
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  };
}
