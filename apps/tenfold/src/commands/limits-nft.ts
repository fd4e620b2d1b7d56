/** `./tenfold limits nft`: the rules about addresses, for the kernel. */
import type { Command } from "../cli/command.ts";
import { cliErrors } from "../errors.ts";

export const limitsNftCommand: Command = {
  name: "limits nft",
  summary: "Print the rate limits by address as an nftables rule set",
  flags: {
    file: { value: "path", help: "Your rules file", env: "TENFOLD_RATE_LIMITS" },
    ports: { value: "list", help: "TCP ports they hold for, comma-separated (default 80,443)" },
    factor: { value: "number", help: "The kernel's rates are the rules' times this (default 1)" },
  },
  examples: [
    "./tenfold limits nft --ports 8080 | sudo nft -f -",
    "./tenfold limits nft --file limits.yaml --factor 2 > /etc/nftables.d/tenfold.nft",
  ],
  async run({ flags, env, io }) {
    const [{ layRules, readRuleTexts }, { nftRuleset }] = await Promise.all([
      import("@tenfold/rate-limits"),
      import("@tenfold/rate-limiter/nft"),
    ]);
    const file = textOf(flags["file"]) ?? env["TENFOLD_RATE_LIMITS"];
    const ports = textOf(flags["ports"])?.split(",").map(Number);
    const factor = textOf(flags["factor"]);
    const rules = layRules(await readRuleTexts(file), file).map(({ rule }) => rule);
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
