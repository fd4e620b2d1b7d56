/** Calls that make code untestable or chatty, each with what to use instead. */
import { isNode, isTestCode, lineAt, walk, type Node, type SourceFile } from "./sources.ts";

const banned: Readonly<Record<string, string>> = {
  "Date.now": "clock.now()",
  "performance.now": "clock.monotonic()",
  "Math.random": "random.float()",
  "process.env": "the settings table",
  "process.exit": "process.exitCode, or throw",
  "console.log": "log.info()",
  "console.error": "log.error()",
  "console.warn": "log.warn()",
};

/** Core wraps these; the program and the browser are where they belong. */
const exempt = (path: string): boolean =>
  path.startsWith("packages/core/") || path.startsWith("apps/") || isTestCode(path);

export function bannedCalls(sources: readonly SourceFile[]): string[] {
  const found: string[] = [];
  for (const file of sources) {
    if (exempt(file.path)) continue;
    walk(file, (node) => {
      const called = nameOf(node);
      const instead = called === undefined ? undefined : banned[called];
      if (instead !== undefined) {
        found.push(`${file.path}:${lineAt(file, node.start)} uses ${called}: use ${instead}`);
      }
      if (isBareNewDate(node)) {
        found.push(
          `${file.path}:${lineAt(file, node.start)} reads the clock: use new Date(clock.now())`,
        );
      }
    });
  }
  return found;
}

/** `Date.now` for a member access of two plain names. */
function nameOf(node: Node): string | undefined {
  if (node.type !== "MemberExpression") return undefined;
  const { object, property } = node;
  if (!isNode(object) || !isNode(property) || object.type !== "Identifier") return undefined;
  return `${String(object["name"])}.${String(property["name"])}`;
}

function isBareNewDate(node: Node): boolean {
  const { callee } = node;
  return (
    node.type === "NewExpression" &&
    isNode(callee) &&
    callee["name"] === "Date" &&
    Array.isArray(node["arguments"]) &&
    node["arguments"].length === 0
  );
}
