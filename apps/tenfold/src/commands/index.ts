/** Every command, in the order of the help. */
import type { Command } from "../cli/command.ts";
import { benchCommand } from "./bench.ts";
import { checkCommand } from "./check.ts";
import { doctorCommand } from "./doctor.ts";
import { keyCreateCommand } from "./key-create.ts";
import { packCommand } from "./pack.ts";
import { kvAdminCommands } from "./kv-admin.ts";
import { kvClusterCommand } from "./kv-cluster.ts";
import { kvNodeCommand } from "./kv-node.ts";
import { kvRestoreCommand } from "./kv-restore.ts";
import { limitsNftCommand } from "./limits-nft.ts";
import { settingsCommand } from "./settings.ts";
import { testCommand } from "./test.ts";
import { upCommand } from "./up.ts";
import { userCreateCommand } from "./user-create.ts";

export const commands: readonly Command[] = [
  upCommand,
  testCommand,
  checkCommand,
  benchCommand,
  packCommand,
  doctorCommand,
  userCreateCommand,
  keyCreateCommand,
  limitsNftCommand,
  kvClusterCommand,
  kvNodeCommand,
  ...kvAdminCommands,
  kvRestoreCommand,
  settingsCommand,
];
