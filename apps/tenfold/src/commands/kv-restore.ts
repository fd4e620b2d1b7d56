/** `./tenfold kv restore`: a node's data from a backup, while the node does not run. */
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "../cli/command.ts";
import { cliErrors } from "../errors.ts";
import { oneName } from "../kv/one-name.ts";

export const kvRestoreCommand: Command = {
  name: "kv restore",
  summary: "Put a backup into the empty data folder of a node that does not run",
  args: "<backup folder>",
  flags: {
    data: {
      value: "folder",
      help: "The node's data folder; empty or not there",
      env: "TENFOLD_KV_DATA",
    },
  },
  examples: [
    "./tenfold kv restore /backups/kv-a-2026-11-27 --data /srv/kv/a",
    "# For a cluster that is lost as a whole: all its nodes, then start them.",
    "# One lost node needs no backup: start it with an empty folder, and the others fill it.",
  ],
  async run(call) {
    const backup = resolve(oneName(call, "kv restore"));
    const { data } = call.flags;
    const folder = resolve(
      typeof data === "string" ? data : (call.env["TENFOLD_KV_DATA"] ?? "./data/key-value/node"),
    );
    if (!existsSync(join(backup, "store", "CURRENT"))) {
      throw cliErrors.usage({ detail: `${backup} is no backup of a node.` });
    }
    // Under its name only once it is whole: a node would begin with half of it.
    const partial = join(folder, "store.partial");
    await mkdir(folder, { recursive: true });
    await rm(partial, { recursive: true, force: true });
    if ((await readdir(folder)).length > 0) {
      throw cliErrors.usage({
        detail: `${folder} is not empty.`,
        hint: "Move what is in it away first, or name another folder with --data.",
      });
    }
    await cp(join(backup, "store"), partial, { recursive: true });
    await rename(partial, join(folder, "store"));
    call.io.out(`${folder} holds what ${backup} did; start the node.`);
    return 0;
  },
};
