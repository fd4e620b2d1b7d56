/** `./tenfold settings`: the one table of every setting. */
import type { Command } from "../cli/command.ts";

export const settingsCommand: Command = {
  name: "settings",
  summary: "Every setting with its default, as a Markdown table",
  flags: {},
  examples: ["./tenfold settings"],
  async run({ io }) {
    const { renderSettings } = await import("../all-settings.ts");
    io.out(renderSettings());
    return 0;
  },
};
