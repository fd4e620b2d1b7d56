/**
 * The words of an inline command, split as Redis splits them (`sdssplitargs`):
 * at white space; "double quotes" with \n \r \t \b \a \xHH and \ before anything
 * else, 'single quotes' with \' only. A closing quote must be followed by white
 * space or the end.
 */

const DOUBLE = 34;
const SINGLE = 39;
const BACKSLASH = 92;
const LOWER_X = 120;

/** What a letter after a backslash stands for; every other one, for itself. */
const escapes: ReadonlyMap<number, number> = new Map(
  Object.entries({ n: 10, r: 13, t: 9, b: 8, a: 7 }).map(([letter, byte]) => [
    letter.charCodeAt(0),
    byte,
  ]),
);

/** The words of `line`, without its line end; `undefined` when a quote is unbalanced. */
export function splitInline(line: Buffer): Buffer[] | undefined {
  const words: Buffer[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && isSpace(line[at])) at += 1;
    if (at === line.length) return words;
    const word = readWord(line, at);
    if (word === undefined) return undefined;
    words.push(word.bytes);
    at = word.end;
  }
}

/** One word from `start`, and where it ends. */
function readWord(line: Buffer, start: number): { bytes: Buffer; end: number } | undefined {
  // A word is never longer than how it is written.
  const bytes = Buffer.allocUnsafe(line.length - start);
  let length = 0;
  let quote = 0;
  let at = start;
  while (at < line.length) {
    const byte = line[at] ?? 0;
    if (quote === 0) {
      if (isSpace(byte)) break;
      if (byte === DOUBLE || byte === SINGLE) quote = byte;
      else bytes[length++] = byte;
      at += 1;
    } else if (byte === quote) {
      if (at + 1 < line.length && !isSpace(line[at + 1])) return undefined;
      quote = 0;
      at += 1;
    } else if (byte === BACKSLASH && at + 1 < line.length) {
      const escaped = quote === DOUBLE ? readEscape(line, at) : readQuoted(line, at);
      bytes[length++] = escaped.byte;
      at = escaped.end;
    } else {
      bytes[length++] = byte;
      at += 1;
    }
  }
  return quote === 0 ? { bytes: bytes.subarray(0, length), end: at } : undefined;
}

/** An escape within double quotes; `at` is its backslash. */
function readEscape(line: Buffer, at: number): { byte: number; end: number } {
  const letter = line[at + 1] ?? 0;
  if (letter === LOWER_X) {
    const hex = line.toString("latin1", at + 2, at + 4);
    if (/^[0-9a-f]{2}$/i.test(hex)) return { byte: Number.parseInt(hex, 16), end: at + 4 };
  }
  return { byte: escapes.get(letter) ?? letter, end: at + 2 };
}

/** Within single quotes only the quote itself can be escaped. */
function readQuoted(line: Buffer, at: number): { byte: number; end: number } {
  return line[at + 1] === SINGLE ? { byte: SINGLE, end: at + 2 } : { byte: BACKSLASH, end: at + 1 };
}

/** White space of C's `isspace`; NUL as well, which ends a line in Redis's reading. */
function isSpace(byte: number | undefined): boolean {
  return byte === 32 || byte === 0 || (byte !== undefined && byte >= 9 && byte <= 13);
}
