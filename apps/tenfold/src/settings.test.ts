import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { renderSettings } from "./all-settings.ts";
import { workspaceRoot } from "./workspace.ts";

test("docs/SETTINGS.md has the table that ./tenfold settings prints", () => {
  const page = readFileSync(join(workspaceRoot, "docs/SETTINGS.md"), "utf8");
  assert.ok(page.includes(renderSettings()), "print it anew: ./tenfold settings");
});
