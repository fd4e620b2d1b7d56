/**
 * Sizes with a ratchet: what is over the line today is listed with its size,
 * may shrink, may not grow, and leaves the list when it fits.
 */
import { isNode, isTestCode, lineAt, walk, type SourceFile } from "./sources.ts";

const fileLinesMax = 400;
const functionLinesMax = 60;

/** Files that are longer for a reason: their lines, and why. */
const longFiles: Readonly<Record<string, { lines: number; why: string }>> = {
  "systems/url-shortener/src/contract.ts": { lines: 480, why: "one contract, read as one page" },
};

/** Data, not logic: a contract or a page's markup may be as long as it is. */
const longFunctions: Readonly<Record<string, number>> = {};

export function lineBreaches(sources: readonly SourceFile[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const lines = text.split("\n").length - 1;
    const limit = longFiles[path]?.lines ?? fileLinesMax;
    return lines > limit ? [`${path} has ${lines} lines, ${limit} is the limit`] : [];
  });
}

export function functionBreaches(sources: readonly SourceFile[]): string[] {
  const found: string[] = [];
  for (const file of sources) {
    // A suite is one long function of tests; a component is mostly markup.
    if (isTestCode(file.path) || file.path.endsWith(".tsx")) continue;
    walk(file, (node) => {
      if (!/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) return;
      const body = node["body"];
      if (!isNode(body)) return;
      const line = lineAt(file, node.start);
      const lines = lineAt(file, body.end) - line + 1;
      const id = node["id"];
      const name = isNode(id) ? String(id["name"]) : "anonymous";
      const limit = longFunctions[`${file.path}#${name}`] ?? functionLinesMax;
      if (lines > limit) found.push(`${file.path}:${line} ${name}() has ${lines} lines, ${limit} is the limit`);
    });
  }
  return found;
}
