/**
 * Builds the web app when it is missing or older than what it is made from.
 * A stamp beside the result remembers a digest of every source file.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { cliErrors } from "./errors.ts";
import { workspaceRoot } from "./workspace.ts";

const webFolder = join(workspaceRoot, "apps/web");
const stampName = ".sources";

/** What the bundle is made from. Contracts are types only, yet a change of theirs should be checked. */
const sources = [
  "apps/web/src",
  "apps/web/public",
  "apps/web/index.html",
  "apps/web/package.json",
  "apps/web/vite.config.ts",
  "packages/client/src",
  "packages/consistent-hashing/src",
];

/** The folder with `index.html`. */
export const webDist = join(webFolder, "dist");

/** Whether there is something to serve. */
export const isWebBuilt = (): boolean => existsSync(join(webDist, "index.html"));

async function digestSources(): Promise<string> {
  const hash = createHash("sha256");
  hash.update(await readFile(join(workspaceRoot, "package-lock.json")));
  for (const source of sources) {
    const path = join(workspaceRoot, source);
    if (!existsSync(path)) continue;
    const files = source.includes(".") ? [path] : await filesBelow(path);
    for (const file of files.toSorted()) hash.update(file).update(await readFile(file));
  }
  return hash.digest("hex");
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Answers false when nothing had to be done. Throws `web_build_failed`. */
export async function buildWebApp(announce: () => void): Promise<boolean> {
  const digest = await digestSources();
  const stamp = join(webDist, stampName);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return false;
  announce();
  const vite = join(workspaceRoot, "node_modules/vite/bin/vite.js");
  // Into a folder of its own: who starts meanwhile finds the old one whole, or none.
  const draft = `${webDist}.${process.pid}`;
  const said: string[] = [];
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [vite, "build", "--logLevel", "warn", "--outDir", draft, "--emptyOutDir"],
      {
        cwd: webFolder,
        env: { ...process.env, NO_COLOR: "1" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    child.stdout.on("data", (chunk: Buffer) => said.push(chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString()));
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) {
    await rm(draft, { recursive: true, force: true });
    throw cliErrors.web_build_failed({
      detail: `The web app could not be built:\n${said.join("").trim().slice(0, 2000)}`,
    });
  }
  await compressFiles(draft);
  writeFileSync(join(draft, stampName), digest);
  await rm(webDist, { recursive: true, force: true });
  await rename(draft, webDist);
  return true;
}

/** Beside each text a `.br` and a `.gz`, made once instead of for every request. */
async function compressFiles(folder: string): Promise<void> {
  const texts = (await filesBelow(folder)).filter((file) => /\.(js|css|html|svg)$/.test(file));
  await Promise.all(
    texts.map(async (file) => {
      const text = await readFile(file);
      await writeFile(`${file}.br`, await promisify(brotliCompress)(text));
      await writeFile(`${file}.gz`, await promisify(gzip)(text));
    }),
  );
}
