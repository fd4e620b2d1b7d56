/** `./tenfold doctor`: says what is well, what is worth knowing, and what to mend. */
import type { Command } from "../cli/command.ts";
import { platformFlags, settingsSource } from "./platform-flags.ts";

const marks = { ok: "✓", note: "·", bad: "✗" };

export const doctorCommand: Command = {
  name: "doctor",
  summary: "Check Node, settings, port, disk, database, Redis and clock; say what to do",
  flags: platformFlags,
  examples: ["./tenfold doctor", "DATABASE_URL=postgres://… ./tenfold doctor"],
  async run({ flags, env, io }) {
    const { examine } = await import("../doctor.ts");
    const findings = await examine(settingsSource(flags, platformFlags, env));
    for (const { state, text } of findings) io.out(`${marks[state]} ${text}`);
    const failures = findings.filter(({ state }) => state === "bad").length;
    io.out(failures === 0 ? "All well." : `${failures} to mend.`);
    return failures === 0 ? 0 : 1;
  },
};
