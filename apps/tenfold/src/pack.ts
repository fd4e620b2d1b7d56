/**
 * Publishable tarballs of `packages/*`.
 *
 * In the workspace a package is TypeScript that Node runs as it is; inside
 * `node_modules` Node refuses to. So what is published is built: JavaScript and
 * declarations by `tsc`, and a manifest that points at them. All of it happens in
 * a folder of its own, laid out like a workspace that has only built packages:
 *
 *     <stage>/packages/core/src        copied
 *                          /dist       emitted        ┐
 *                          /package.json  rewritten   ├ what the tarball holds
 *                          /README.md, LICENSE        ┘
 *     <stage>/node_modules/@tenfold/core   → ../../packages/core
 *     <stage>/node_modules/yaml            → the checkout's
 */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { cliErrors } from "./errors.ts";
import { workspaceRoot } from "./workspace.ts";

const run = promisify(execFile);
const packagesFolder = join(workspaceRoot, "packages");

/** Oldest Node the emitted JavaScript runs on. */
const ENGINES = { node: ">=22" };

/** What is read of a manifest; the other fields are passed on. */
interface Manifest {
  name: string;
  version: string;
  private?: boolean;
  exports: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** The same for npm: each entry says where its types and its code are. */
type PublishedManifest = Omit<Manifest, "exports" | "private" | "devDependencies"> & {
  exports: Record<string, { types: string; default: string }>;
  files: string[];
  engines: Record<string, string>;
};

export interface PackedPackage {
  name: string;
  version: string;
  /** Absolute path of the tarball. */
  file: string;
}

export interface PackOptions {
  /** Folder names below `packages/`. */
  packages: readonly string[];
  /** Where the tarballs go; made when missing. */
  outFolder: string;
}

/** Folder names of all packages. */
export function packageNames(): string[] {
  return readdirSync(packagesFolder).filter((name) =>
    existsSync(join(packagesFolder, name, "package.json")),
  );
}

/**
 * Builds a tarball of each, and what they stand on for their types. Throws
 * `pack_failed` with what the compiler said.
 */
export async function packPackages({ packages, outFolder }: PackOptions): Promise<PackedPackage[]> {
  const stage = await mkdtemp(join(tmpdir(), "tenfold-pack-"));
  try {
    await linkThirdParties(stage);
    await mkdir(outFolder, { recursive: true });
    const packed: PackedPackage[] = [];
    for (const folder of inBuildOrder(packages)) {
      const manifest = await stagePackage(stage, folder);
      if (!packages.includes(folder)) continue;
      const file = await npmPack(join(stage, "packages", folder), outFolder);
      packed.push({ name: manifest.name, version: manifest.version, file });
    }
    return packed;
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

function readManifest(folder: string): Manifest {
  const manifest: Manifest = JSON.parse(
    readFileSync(join(packagesFolder, folder, "package.json"), "utf8"),
  );
  return manifest;
}

/** Each after the packages it depends on, which are built too. */
function inBuildOrder(packages: readonly string[]): string[] {
  const folderOf = new Map(packageNames().map((folder) => [readManifest(folder).name, folder]));
  const ordered = new Set<string>();
  const visit = (folder: string): void => {
    if (ordered.has(folder)) return;
    for (const name of Object.keys(readManifest(folder).dependencies ?? {})) {
      const below = folderOf.get(name);
      if (below !== undefined) visit(below);
    }
    ordered.add(folder);
  };
  packages.forEach(visit);
  return [...ordered];
}

/** What the checkout has installed, for the compiler to find; our own come as they are built. */
async function linkThirdParties(stage: string): Promise<void> {
  const modules = join(workspaceRoot, "node_modules");
  await mkdir(join(stage, "node_modules/@tenfold"), { recursive: true });
  for (const name of await readdir(modules)) {
    if (name.startsWith(".") || name === "@tenfold") continue;
    await symlink(join(modules, name), join(stage, "node_modules", name));
  }
}

async function stagePackage(stage: string, folder: string): Promise<PublishedManifest> {
  const source = join(packagesFolder, folder);
  const target = join(stage, "packages", folder);
  const manifest = publishedManifest(readManifest(folder));
  await cp(join(source, "src"), join(target, "src"), { recursive: true });
  await writeFile(join(target, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  // From its entries on: what they do not import, tests above all, is not built.
  const files = Object.values(readManifest(folder).exports);
  await writeFile(
    join(target, "tsconfig.json"),
    JSON.stringify({ ...tsconfig, files, include: [] }),
  );
  await compile(folder, target);
  if (existsSync(join(source, "README.md"))) {
    await cp(join(source, "README.md"), join(target, "README.md"));
  }
  await cp(join(workspaceRoot, "LICENSE"), join(target, "LICENSE"));
  await symlink(target, join(stage, "node_modules", manifest.name));
  return manifest;
}

/** The manifest for npm: entries point at what is built, and nothing speaks of the workspace. */
function publishedManifest(manifest: Manifest): PublishedManifest {
  const { private: _private, devDependencies: _devDependencies, exports, ...rest } = manifest;
  const entries = Object.entries(exports).map(([entry, source]) => {
    const built = source.replace(/^\.\/src\//, "./dist/").replace(/\.ts$/, "");
    return [entry, { types: `${built}.d.ts`, default: `${built}.js` }] as const;
  });
  const dependencies = Object.entries(rest.dependencies ?? {}).map(([name, range]) => {
    // A path or "*" means the one beside it: by its version then.
    const isLocal = name.startsWith("@tenfold/") && !/^[\^~]?\d/.test(range);
    return [name, isLocal ? readManifest(name.replace("@tenfold/", "")).version : range] as const;
  });
  return {
    ...rest,
    exports: Object.fromEntries(entries),
    ...(dependencies.length > 0 && { dependencies: Object.fromEntries(dependencies) }),
    files: ["dist"],
    engines: ENGINES,
  };
}

const tsconfig = {
  extends: join(workspaceRoot, "tsconfig.json"),
  compilerOptions: {
    noEmit: false,
    noEmitOnError: true,
    // `using` is made into what Node 22 knows.
    target: "es2023",
    declaration: true,
    rewriteRelativeImportExtensions: true,
    rootDir: "src",
    outDir: "dist",
  },
};

async function compile(folder: string, target: string): Promise<void> {
  const tsc = join(workspaceRoot, "node_modules/typescript/bin/tsc");
  try {
    await run(process.execPath, [tsc, "-p", target]);
  } catch (error) {
    const said = error instanceof Error && "stdout" in error ? String(error.stdout) : String(error);
    throw cliErrors.pack_failed({
      detail: `packages/${folder} does not compile on its own:\n${said.trim().slice(0, 2_000)}`,
    });
  }
}

/** npm decides what belongs into a tarball and how it is called. */
async function npmPack(folder: string, outFolder: string): Promise<string> {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", outFolder];
  const { stdout } = await run("npm", args, { cwd: folder });
  const [packed]: { filename: string }[] = JSON.parse(stdout);
  if (packed === undefined)
    throw cliErrors.pack_failed({ detail: `npm packed nothing: ${stdout}` });
  return join(outFolder, basename(packed.filename));
}
