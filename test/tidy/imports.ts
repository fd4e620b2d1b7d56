/**
 * The import table: apps → systems → platform → packages → core. It is data;
 * what it does not allow is a breach.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isNode, isTestCode, root, walk, type SourceFile } from "./sources.ts";

/** Floors that each floor may import from. Its own floor: see `sameFloor`. */
const below: Readonly<Record<string, readonly string[]>> = {
  apps: ["apps", "systems", "platform", "packages"],
  systems: ["platform", "packages"],
  platform: ["platform", "packages"],
  packages: [],
  test: ["apps", "systems", "platform", "packages"],
  bench: ["apps", "systems", "platform", "packages"],
};

/** Entries of a system that another system may import. */
const clientEntries = ["client", "contract"];

/** Packages that are built on another one. Further ones stand alone, on core. */
const builtOn: Readonly<Record<string, readonly string[]>> = {
  "packages/key-value-store": ["packages/consistent-hashing"],
};

/** Third-party clients, each at home in one folder. */
const homes: Readonly<Record<string, string>> = {
  pg: "platform/sql",
  ioredis: "platform/state",
  "pg-boss": "platform/jobs",
  fastify: "platform/http",
  ajv: "platform/http",
  pino: "platform/http",
  "prom-client": "platform/http",
  undici: "platform/outbound",
  "@node-rs/argon2": "packages/password",
  "playwright-core": "test",
  "classic-level": "packages/key-value-store",
};

interface Workspace {
  folder: string;
  name: string;
}

const workspaces: readonly Workspace[] = ["packages", "platform", "systems", "apps"].flatMap(
  (floor) =>
    readdirSync(join(root, floor))
      .filter((entry) => existsSync(join(root, floor, entry, "package.json")))
      .map((entry) => {
        const manifest: unknown = JSON.parse(
          readFileSync(join(root, floor, entry, "package.json"), "utf8"),
        );
        const name = isNamed(manifest) ? manifest.name : "";
        return { folder: `${floor}/${entry}`, name };
      }),
);

function isNamed(value: unknown): value is { name: string } {
  return typeof value === "object" && value !== null && "name" in value;
}

/** One sentence per import that the table does not allow. */
export function importBreaches(sources: readonly SourceFile[]): string[] {
  return sources.flatMap((file) =>
    importedBy(file)
      .map((specifier) => breach(file.path, specifier))
      .filter((sentence) => sentence !== undefined),
  );
}

/** Every module a file names: static, re-exported, dynamic, and in types. */
function importedBy(file: SourceFile): string[] {
  const found: string[] = [];
  walk(file, (node) => {
    if (!/^(Import|Export|TSImport)/.test(node.type)) return;
    const source = node["source"];
    if (isNode(source) && typeof source["value"] === "string") found.push(source["value"]);
  });
  return found;
}

function breach(path: string, specifier: string): string | undefined {
  const floor = path.split("/")[0] ?? "";
  const own = path.split("/").slice(0, 2).join("/");
  if (specifier.startsWith(".")) {
    const target = join(path, "..", specifier);
    // A benchmark may measure what is private; everyone else stays in their own folder.
    const stays = floor === "bench" || target.startsWith(floor === "test" ? "test/" : `${own}/`);
    return stays ? undefined : `${path} reaches into ${target}`;
  }
  const target = workspaces.find(
    ({ name }) => specifier === name || specifier.startsWith(`${name}/`),
  );
  if (target === undefined) return thirdPartyBreach(path, specifier);
  if (target.folder === own || target.name === "@tenfold/core") return undefined;
  const targetFloor = target.folder.split("/")[0] ?? "";
  const isClient =
    floor === "systems" &&
    targetFloor === "systems" &&
    clientEntries.includes(specifier.slice(target.name.length + 1));
  const isGround = (builtOn[own] ?? []).includes(target.folder);
  const allowed = (below[floor] ?? []).includes(targetFloor) || isClient || isGround;
  return allowed ? undefined : `${path} (${floor}) may not import ${specifier} (${targetFloor})`;
}

function thirdPartyBreach(path: string, specifier: string): string | undefined {
  if (specifier.startsWith("node:")) return undefined;
  const parts = specifier.split("/");
  const name = specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? "");
  const home = homes[name];
  if (home === undefined || path.startsWith(`${home}/`) || isTestCode(path)) return undefined;
  return `${path} imports ${name}, which lives in ${home} only`;
}
