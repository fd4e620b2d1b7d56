/**
 * Sizes with a ratchet: what is over the line today is listed with its size,
 * may shrink, may not grow, and leaves the list when it fits.
 */
import { isNode, isTestCode, lineAt, walk, type SourceFile } from "./sources.ts";

const fileLinesMax = 400;
const functionLinesMax = 60;

/** Files that are longer for a reason: their lines, and why. */
const longFiles: Readonly<Record<string, { lines: number; why: string }>> = {
  "systems/url-shortener/src/contract.ts": { lines: 523, why: "one contract, read as one page" },
};

const functionTypes = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
]);

/** Data, not logic: a contract or a page's markup may be as long as it is. */
const longFunctions: Readonly<Record<string, number>> = {};

export function lineBreaches(sources: readonly SourceFile[]): string[] {
  return sources.flatMap(({ path, text }) => {
    // A suite's length is that of what it proves; 600 is the end all the same.
    const lengthMax = isTestCode(path) ? 600 : fileLinesMax;
    const lines = text.split("\n").length - 1;
    const limit = longFiles[path]?.lines ?? lengthMax;
    return lines > limit ? [`${path} has ${lines} lines, ${limit} is the limit`] : [];
  });
}

/**
 * A function's own lines: those of functions within it are theirs, so that a
 * factory of small methods is as short as it reads.
 */
export function functionBreaches(sources: readonly SourceFile[]): string[] {
  const found: string[] = [];
  for (const file of sources) {
    // A suite is one long function of tests; a component is mostly markup.
    if (isTestCode(file.path) || file.path.endsWith(".tsx")) continue;
    for (const { name, line, lines } of functionsOf(file)) {
      const limit = longFunctions[`${file.path}#${name}`] ?? functionLinesMax;
      if (lines > limit) {
        found.push(`${file.path}:${line} ${name}() has ${lines} lines, ${limit} is the limit`);
      }
    }
  }
  return found;
}

interface Measured {
  name: string;
  line: number;
  end: number;
  lines: number;
}

function functionsOf(file: SourceFile): Measured[] {
  const found: Measured[] = [];
  walk(file, (node) => {
    const { body, id } = node;
    if (!functionTypes.has(node.type) || !isNode(body)) return;
    const line = lineAt(file, node.start);
    const end = lineAt(file, body.end);
    found.push({
      name: isNode(id) ? String(id["name"]) : "anonymous",
      line,
      end,
      lines: end - line + 1,
    });
  });
  // Outer functions come first: what an inner one spans is taken from those around it.
  const whole = found.map((each) => ({ ...each }));
  for (const inner of whole) {
    const around = found.findLast(
      (outer) => outer.line < inner.line && outer.end >= inner.end && outer.name !== inner.name,
    );
    if (around !== undefined && inner.lines > 1) around.lines -= inner.lines - 1;
  }
  return found;
}
