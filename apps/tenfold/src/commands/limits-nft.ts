/** `./tenfold limits nft`: the rules about addresses, for the kernel. */
import type { Rule } from "@tenfold/rate-limiter";
import type { Command, CommandCall } from "../cli/command.ts";
import { cliErrors } from "../errors.ts";
import { databaseFlags, settingsSource } from "./platform-flags.ts";

export const limitsNftCommand: Command = {
  name: "limits nft",
  summary: "Print the rate limits by address as an nftables rule set",
  flags: {
    file: { value: "path", help: "Your rules file", env: "TENFOLD_RATE_LIMITS" },
    ports: { value: "list", help: "TCP ports they hold for, comma-separated (default 80,443)" },
    factor: { value: "number", help: "The kernel's rates are the rules' times this (default 1)" },
    ...databaseFlags,
  },
  examples: [
    "./tenfold limits nft --ports 8080 | sudo nft -f -",
    "./tenfold limits nft --file limits.yaml --factor 2 > /etc/nftables.d/tenfold.nft",
  ],
  async run(call) {
    const { flags, io } = call;
    const { nftRuleset } = await import("@tenfold/rate-limiter/nft");
    const ports = textOf(flags["ports"])?.split(",").map(Number);
    const factor = textOf(flags["factor"]);
    const rules = await readRules(call);
    const ruleset = (): ReturnType<typeof nftRuleset> => {
      try {
        return nftRuleset(rules, {
          ...(ports === undefined ? {} : { ports }),
          ...(factor === undefined ? {} : { factor: Number(factor) }),
        });
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw cliErrors.usage({ detail: `${error.message}.` });
      }
    };
    const { text, skipped } = ruleset();
    io.out(text.trimEnd());
    for (const { rule, why } of skipped) io.err(`not for the kernel: ${rule} (${why})`);
    return 0;
  },
};

const textOf = (flag: string | true | undefined): string | undefined =>
  typeof flag === "string" ? flag : undefined;

/** With the console's edits where the database answers; else it says that they are left out. */
async function readRules({ flags, env, io }: CommandCall): Promise<readonly Rule[]> {
  const [{ silentLog }, { readRulesInForce }, { withExistingDatabase }] = await Promise.all([
    import("@tenfold/core"),
    import("@tenfold/rate-limits"),
    import("../existing-database.ts"),
  ]);
  const file = textOf(flags["file"]) ?? env["TENFOLD_RATE_LIMITS"];
  // First without: a mistake in the file is told whatever the database does.
  const rules = await readRulesInForce({ log: silentLog, sql: undefined }, { file });
  try {
    const source = settingsSource(flags, databaseFlags, env);
    const edited = await withExistingDatabase(source, async (sql) =>
      readRulesInForce({ log: silentLog, sql }, { file }),
    );
    return edited ?? rules;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    io.err(`without the edits made in the console: ${why}`);
    return rules;
  }
}
