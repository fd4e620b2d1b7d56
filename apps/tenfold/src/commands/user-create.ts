/** `./tenfold user create`: an account without the browser. */
import type { Command } from "../cli/command.ts";
import { cliErrors } from "../errors.ts";
import { asOperator, requiredFlag } from "./as-operator.ts";
import { databaseFlags } from "./platform-flags.ts";

export const userCreateCommand: Command = {
  name: "user create",
  summary: "Make an account",
  flags: {
    email: { value: "address", help: "Its email address" },
    name: { value: "name", help: "What to call them" },
    role: { value: "admin|member", help: "The first account is an administrator anyway" },
    ...databaseFlags,
  },
  examples: [
    "./tenfold user create --email ada@example.org --role admin",
    "TENFOLD_PASSWORD='a long passphrase' ./tenfold user create --email ada@example.org",
  ],
  async run(call) {
    const { flags, env, io } = call;
    const { name, role } = flags;
    const email = requiredFlag(call, "email", "user create");
    if (role !== undefined && role !== "admin" && role !== "member") {
      throw cliErrors.usage({ detail: `--role must be admin or member, not "${role}".` });
    }
    // Not a flag: other users of the machine can read those.
    const password = env["TENFOLD_PASSWORD"] ?? (await io.askSecret("Password: "));
    if (password === undefined || password === "") {
      throw cliErrors.usage({
        detail: "There is no password.",
        hint: "Type it when asked, or put it into the variable TENFOLD_PASSWORD.",
      });
    }
    const user = await asOperator(call, (operator) =>
      operator.createUser({
        email,
        password,
        role,
        name: typeof name === "string" ? name : undefined,
      }),
    );
    io.out(`made ${user.role} ${user.email} (${user.id})`);
    return 0;
  },
};
