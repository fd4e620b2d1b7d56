/** Every setting of the platform and of all systems, made from the declarations themselves. */
import type { Setting } from "@tenfold/core";
import { platformSettings } from "./config.ts";
import { kvNodeSettings } from "./kv/node-settings.ts";
import { modules } from "./modules.ts";

/** All settings by owner, in the order in which they are documented. */
export function allSettings(): readonly {
  owner: string;
  name: string;
  setting: Setting<unknown>;
}[] {
  const tables = [
    { owner: "platform", settings: platformSettings },
    ...modules.map(({ name, settings }) => ({ owner: name, settings })),
    { owner: "kv node", settings: kvNodeSettings },
  ];
  return tables.flatMap(({ owner, settings }) =>
    Object.entries(settings).map(([name, setting]) => ({ owner, name, setting })),
  );
}

/** The table as Markdown, as it stands in docs/SETTINGS.md. */
export function renderSettings(): string {
  const rows = allSettings().map(({ owner, name, setting }) => {
    const fallback = setting.defaultText;
    const shown = fallback === undefined || fallback === "" ? "–" : `\`${fallback}\``;
    return `| \`${name}\` | ${setting.help} | ${shown} | ${owner} |`;
  });
  return ["| setting | what it does | default | of |", "| --- | --- | --- | --- |", ...rows].join(
    "\n",
  );
}
