import type { CommandCall } from "../cli/command.ts";
import { cliErrors } from "../errors.ts";

/** The one argument of a command; throws `usage` for none and for several. */
export function oneName({ args }: Pick<CommandCall, "args">, command: string): string {
  const [name, ...more] = args;
  if (name !== undefined && more.length === 0) return name;
  throw cliErrors.usage({
    detail: name === undefined ? `"${command}" needs one name.` : `"${command}" takes one name.`,
    hint: `See: ./tenfold ${command} --help`,
  });
}
