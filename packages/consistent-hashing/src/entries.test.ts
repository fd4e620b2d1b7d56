import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

/** Every module that an entry reaches. */
function reachedFrom(entry: string): { files: Set<string>; outside: Set<string> } {
  const files = new Set<string>();
  const outside = new Set<string>();
  const visit = (url: URL): void => {
    if (files.has(url.href)) return;
    files.add(url.href);
    const text = readFileSync(url, "utf8");
    for (const [, specifier = ""] of text.matchAll(/^(?:import|export|\}) .*?from "([^"]+)";/gm)) {
      if (specifier.startsWith(".")) visit(new URL(specifier, url));
      else outside.add(specifier);
    }
  };
  visit(new URL(entry, import.meta.url));
  return { files, outside };
}

test("the main entry needs nothing of Node, so it runs in a browser", () => {
  const { files, outside } = reachedFrom("index.ts");
  assert.ok(files.size > 20);
  assert.deepEqual([...outside], ["@tenfold/core/errors"]);
  const errors = new URL("../../core/src/errors.ts", import.meta.url);
  assert.doesNotMatch(readFileSync(errors, "utf8"), /^import /m);
});

test("ketama takes MD5 from Node, and only that", () => {
  assert.ok(reachedFrom("ketama.ts").outside.has("node:crypto"));
});
