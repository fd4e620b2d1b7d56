/** A cluster for tests, made once per version, machine and user, and copied in 0.1 s. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { embeddedVersion } from "./binaries.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";

const run = promisify(execFile);

/** Changes when what `makeCluster` makes changes. */
const templateRevision = 1;

/** Options that make a test's server quick, and no use for anything else. */
export function forTests(): { unsafe: true; binariesFolder: string } {
  // One repaired copy of the programs for all test runs, not one each.
  const binariesFolder = join(tmpdir(), `tenfold-test-programs-${userInfo().uid}`);
  return { unsafe: true, binariesFolder };
}

async function makeTemplate(template: string): Promise<void> {
  const draft = await mkdtemp(`${template}.new-`);
  await chmod(draft, 0o711);
  const server = await startEmbeddedPostgres({ ...forTests(), dataFolder: draft });
  await server.stop();
  // Loses to another process that made the same; both are whole.
  await rename(draft, template).catch(() => rm(draft, { recursive: true, force: true }));
}

/** Puts a made cluster into a data folder, which must exist and be empty. */
export async function copyTemplate(dataFolder: string): Promise<void> {
  const name = `tenfold-test-template-${templateRevision}-${embeddedVersion()}-${userInfo().uid}`;
  const template = join(tmpdir(), name);
  if (!existsSync(template)) await makeTemplate(template);
  await mkdir(join(dataFolder, "postgres"));
  const cluster = join("postgres", "cluster");
  // `cp`, because it keeps the owner when run by root.
  await run("cp", ["-a", join(template, cluster), join(dataFolder, cluster)]);
}
