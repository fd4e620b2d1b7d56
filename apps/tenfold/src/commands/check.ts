/** `./tenfold check`: the quick checks. */
import type { Command } from "../cli/command.ts";
import { quickSteps, runSteps } from "./steps.ts";

export const checkCommand: Command = {
  name: "check",
  summary: "Types, lint, format, dead code and tidiness, in seconds",
  flags: {},
  examples: ["./tenfold check"],
  run: ({ io, signal }) => runSteps(quickSteps, { io, signal, atOnce: 2 }),
};
