/** `./tenfold pack`: tarballs of the packages, as npm would publish them. */
import { join, relative, resolve } from "node:path";
import { closest } from "fastest-levenshtein";
import type { Command } from "../cli/command.ts";
import { cliErrors } from "../errors.ts";
import { packageNames, packPackages } from "../pack.ts";
import { workspaceRoot } from "../workspace.ts";

export const packCommand: Command = {
  name: "pack",
  summary: "Build publishable tarballs of packages; without names, of all",
  args: "[package…]",
  flags: { out: { value: "folder", help: "Where they go; dist/packages when absent" } },
  examples: ["./tenfold pack", "./tenfold pack consistent-hashing unique-id --out /tmp/tarballs"],
  async run({ args, flags, io }) {
    const known = packageNames();
    for (const name of args) {
      if (known.includes(name)) continue;
      throw cliErrors.usage({
        detail: `There is no package "${name}". Did you mean ${closest(name, known)}?`,
      });
    }
    const { out } = flags;
    const outFolder = typeof out === "string" ? resolve(out) : join(workspaceRoot, "dist/packages");
    const packed = await packPackages({ packages: args.length > 0 ? args : known, outFolder });
    for (const { name, version, file } of packed) {
      io.out(`${name}@${version}  ${relative(process.cwd(), file)}`);
    }
    return 0;
  },
};
