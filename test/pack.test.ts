/**
 * The packages as strangers get them: packed, installed into an empty project,
 * imported from plain JavaScript, their READMEs' first examples run, and their
 * types checked. No registry is asked: what they depend on is packed as well, out
 * of this checkout's node_modules.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runCli } from "./support/cli.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");

/** The strangers' Node. Another than ours: TENFOLD_PACK_NODE=…/bin/node ./tenfold test test/pack.test.ts */
const consumer = process.env["TENFOLD_PACK_NODE"] ?? process.execPath;

const published = ["core", "consistent-hashing", "unique-id", "rate-limiter"] as const;

/** Examples that end as they should with an error. */
const throwing: Readonly<Record<string, RegExp>> = { core: /Brewed at 9:00/ };

interface Manifest {
  name: string;
  version: string;
  exports: Record<string, unknown>;
  dependencies?: Record<string, string>;
}

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/** The third-party packages that the published ones need at run time, and those they need. */
function thirdParties(): string[] {
  const found = new Set<string>();
  const visit = ({ dependencies = {} }: Manifest): void => {
    for (const name of Object.keys(dependencies)) {
      if (name.startsWith("@tenfold/") || found.has(name)) continue;
      found.add(name);
      visit(readManifest(join(modules, name)));
    }
  };
  for (const folder of published) visit(readManifest(join(root, "packages", folder)));
  return [...found];
}

let project: string;

before(async () => {
  project = await mkdtemp(join(tmpdir(), "tenfold-packed-"));
  const tarballs = join(project, "tarballs");
  await mkdir(tarballs);
  const packed = await runCli(["pack", ...published, "--out", tarballs]);
  assert.equal(packed.code, 0, packed.err);
  for (const name of thirdParties()) {
    const args = ["pack", "--ignore-scripts", "--pack-destination", tarballs];
    await run("npm", args, { cwd: join(modules, name) });
  }
  await writeFile(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const files = (await readdir(tarballs)).map((file) => join(tarballs, file));
  const flags = ["--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
  await run("npm", ["install", ...flags, ...files], { cwd: project });
});
after(() => rm(project, { recursive: true, force: true }));

/** Runs JavaScript in the project; answers what it printed, or throws what it died of. */
async function runScript(code: string): Promise<string> {
  const file = join(project, `script-${crypto.randomUUID()}.mjs`);
  await writeFile(file, code);
  const { stdout } = await run(consumer, ["--no-experimental-strip-types", file], { cwd: project });
  return stdout;
}

/** `@tenfold/x`, `@tenfold/x/y`: every entry of a package. */
function entriesOf(folder: string): string[] {
  const { name, exports } = readManifest(join(root, "packages", folder));
  return Object.keys(exports).map((entry) => name + entry.slice(1));
}

for (const folder of published) {
  test(`${folder} holds JavaScript, types, README and licence, and no TypeScript or tests`, async () => {
    const installed = join(project, "node_modules/@tenfold", folder);
    assert.deepEqual((await readdir(installed)).toSorted(), [
      "LICENSE",
      "README.md",
      "dist",
      "package.json",
    ]);
    const built = await readdir(join(installed, "dist"), { recursive: true });
    assert.ok(built.includes("index.js") && built.includes("index.d.ts"));
    for (const file of built) {
      assert.doesNotMatch(file, /\.test\.|(?<!\.d)\.ts$/);
    }
    const manifest = readManifest(installed);
    assert.ok(!("private" in manifest) && !("devDependencies" in manifest));
    assert.equal(manifest.version, readManifest(join(root, "packages", folder)).version);
  });

  test(`every entry of ${folder} is imported from plain JavaScript`, async () => {
    for (const entry of entriesOf(folder)) {
      const names = await runScript(
        `console.log(Object.keys(await import(${JSON.stringify(entry)})).join(" "));`,
      );
      assert.match(names, /\w/, entry);
    }
  });

  test(`the first example in the README of ${folder} runs as it stands`, async () => {
    const readme = join(project, "node_modules/@tenfold", folder, "README.md");
    const example = /```(?:ts|js)\n(.*?)```/s.exec(readFileSync(readme, "utf8"))?.[1];
    assert.ok(example !== undefined, "the README has no example");
    assert.ok(example.trim().split("\n").length <= 12, "a first example is short");
    const ends = throwing[folder];
    if (ends === undefined) await runScript(example);
    else await assert.rejects(runScript(example), ends);
  });
}

test("a strict consumer's types are checked against what is published", async () => {
  const imports = published.flatMap(entriesOf);
  await writeFile(
    join(project, "consumer.ts"),
    [
      ...imports.map((entry, n) => `import * as entry${n} from ${JSON.stringify(entry)};`),
      'import { createPartitionTable, plan, type PartitionMove } from "@tenfold/consistent-hashing";',
      'import { createSnowflake } from "@tenfold/unique-id";',
      'const { moves } = plan(createPartitionTable(["a"]), ["a", { id: "b", weight: 2 }]);',
      "export const first: PartitionMove | undefined = moves[0];",
      "// @ts-expect-error A member is no number.",
      "createPartitionTable([1]);",
      "export const next: bigint = createSnowflake({ clock: Date }, { datacenterId: 0, workerId: 0 }).next();",
      `export const entries = [${imports.map((_, n) => `entry${n}`).join(", ")}];`,
    ].join("\n"),
  );
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: "nodenext",
    target: "es2023",
    lib: ["es2024", "esnext.disposable", "dom"],
    types: ["node"],
    skipLibCheck: false,
  };
  await writeFile(
    join(project, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: ["consumer.ts"] }),
  );
  for (const name of ["@types", "undici-types"]) {
    if (existsSync(join(modules, name))) {
      await symlink(join(modules, name), join(project, "node_modules", name));
    }
  }
  const { stdout } = await run(process.execPath, [join(modules, "typescript/bin/tsc"), "-p", "."], {
    cwd: project,
  }).catch((error: Error & { stdout?: string }) => ({ stdout: error.stdout ?? String(error) }));
  assert.equal(stdout, "");
});

test("a package that is not there is refused, and the nearest one named", async () => {
  const { code, err } = await runCli(["pack", "consistent-hashin", "--out", project]);
  assert.equal(code, 2);
  assert.match(err, /There is no package "consistent-hashin"\. Did you mean consistent-hashing\?/);
});
