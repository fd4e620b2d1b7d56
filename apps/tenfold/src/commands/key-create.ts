/** `./tenfold key create`: an API key without the browser. */
import type { Command } from "../cli/command.ts";
import { cliErrors } from "../errors.ts";
import { asOperator, requiredFlag } from "./as-operator.ts";
import { databaseFlags } from "./platform-flags.ts";

export const keyCreateCommand: Command = {
  name: "key create",
  summary: "Make an API key and print it, once",
  flags: {
    email: { value: "address", help: "Whose key it is" },
    name: { value: "name", help: "What it is for" },
    scopes: { value: "list", help: "What it may do, comma-separated: links:read,links:write" },
    days: { value: "number", help: "It expires after this many days (default never)" },
    ...databaseFlags,
  },
  examples: [
    "./tenfold key create --email ada@example.org --name ci --scopes links:read,links:write --days 90",
  ],
  async run(call) {
    const { flags, io } = call;
    const email = requiredFlag(call, "email", "key create");
    const name = requiredFlag(call, "name", "key create");
    const scopes = requiredFlag(call, "scopes", "key create").split(",");
    const expiresAt = expiryOf(flags["days"]);
    const { key } = await asOperator(call, (operator) =>
      operator.createKey({ email, name, scopes, expiresAt }),
    );
    io.err("This key is shown only now:");
    io.out(key);
    return 0;
  },
};

function expiryOf(days: string | true | undefined): Date | undefined {
  if (days === undefined) return undefined;
  const count = Number(days);
  if (!Number.isInteger(count) || count < 1 || count > 3650) {
    throw cliErrors.usage({
      detail: `--days must be a whole number from 1 to 3650, not "${days}".`,
    });
  }
  return new Date(Date.now() + count * 86_400_000);
}
