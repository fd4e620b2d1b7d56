/** The TypeScript of the workspace, as text and as syntax trees. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface SourceFile {
  /** From the root, with `/`. */
  path: string;
  text: string;
}

/** Any node of an ESTree syntax tree. */
export interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

const folders = ["packages", "platform", "systems", "apps", "test", "bench"];

export function readSources(): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((file) => `${folder}/${file}`)
      .filter((path) => /\.tsx?$/.test(path) && !/node_modules|\/dist\//.test(path))
      .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") })),
  );
}

/** Tests, benchmarks and what they share may do what shipped code may not. */
export function isTestCode(path: string): boolean {
  return /^(test|bench)\/|\.(test|conformance)\.ts$|\/testing(\.ts|\/)|\/src\/test-/.test(path);
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

/** Calls `visit` for every node, parents first. */
export function walk(file: SourceFile, visit: (node: Node) => void): void {
  const { program, errors } = parseSync(file.path, file.text);
  if (errors.length > 0) throw new Error(`${file.path} does not parse: ${errors[0]?.message}`);
  const descend = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(descend);
    if (!isNode(value)) return;
    visit(value);
    Object.values(value).forEach(descend);
  };
  descend(program);
}

/** 1-based line of an offset. */
export function lineAt(file: SourceFile, offset: number): number {
  return file.text.slice(0, offset).split("\n").length;
}
