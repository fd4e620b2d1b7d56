/** What the commands that make accounts and keys share. */
import type { AccountsOperator } from "@tenfold/accounts";
import { hasCode, type FieldError } from "@tenfold/core";
import type { CommandCall } from "../cli/command.ts";
import { cliErrors } from "../errors.ts";
import { databaseFlags, settingsSource } from "./platform-flags.ts";

/** The value of a flag that must be given; throws `usage` when it is not. */
export function requiredFlag(
  { flags }: Pick<CommandCall, "flags">,
  name: string,
  command: string,
): string {
  const value = flags[name];
  if (typeof value === "string") return value;
  throw cliErrors.usage({
    detail: `--${name} is missing.`,
    hint: `See: ./tenfold ${command} --help`,
  });
}

/** Runs `use` on the accounts that the flags and settings name; a wrong field is told by its flag. */
export async function asOperator<Result>(
  { flags, env }: Pick<CommandCall, "flags" | "env">,
  use: (operator: AccountsOperator) => Promise<Result>,
): Promise<Result> {
  // Loaded when the command line is in order, so that mistakes answer at once.
  const { withOperator } = await import("../operator.ts");
  try {
    return await withOperator(settingsSource(flags, databaseFlags, env), use);
  } catch (error) {
    if (!hasCode(error, "validation_failed")) throw error;
    throw cliErrors.usage({ detail: error.fields.map(complaint).join(" "), cause: error.cause });
  }
}

function complaint({ field, detail }: FieldError): string {
  // The password is asked for: it has no flag.
  const name = field === "/password" ? "The password" : `--${field.slice(1)}`;
  return `${name} ${detail}.`;
}
