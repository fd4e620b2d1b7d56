/** Error codes: those in `defineErrors` tables against those in docs/ERRORS.md. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isNode, isTestCode, root, walk, type SourceFile } from "./sources.ts";

/** Codes of every table in shipped code, sorted. */
export function errorCodesDeclared(sources: readonly SourceFile[]): string[] {
  const codes = new Set<string>();
  for (const file of sources) {
    if (isTestCode(file.path) || !file.text.includes("defineErrors(")) continue;
    walk(file, (node) => {
      const { callee } = node;
      if (node.type !== "CallExpression" || !isNode(callee) || callee["name"] !== "defineErrors")
        return;
      const [table] = Array.isArray(node["arguments"]) ? node["arguments"] : [];
      if (!isNode(table) || !Array.isArray(table["properties"])) return;
      for (const property of table["properties"]) {
        const key: unknown = isNode(property) ? property["key"] : undefined;
        if (isNode(key)) codes.add(String(key["name"] ?? key["value"]));
      }
    });
  }
  return [...codes].toSorted();
}

/** Codes in the first column of the tables of docs/ERRORS.md, sorted. */
export function errorCodesDocumented(): string[] {
  const text = readFileSync(join(root, "docs/ERRORS.md"), "utf8");
  const codes = [...text.matchAll(/^\| `([a-z0-9_]+)`/gm)].map((match) => match[1] ?? "");
  return [...new Set(codes)].toSorted();
}
