/**
 * Style as a test: the floors of the house, the rooms of a system, sizes, and
 * calls that only core may make. Each rule is a function over the sources, so
 * that a planted breach can show that it still bites.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { errorCodesDeclared, errorCodesDocumented } from "./tidy/error-codes.ts";
import { bannedCalls } from "./tidy/banned-calls.ts";
import { importBreaches } from "./tidy/imports.ts";
import { roomBreaches } from "./tidy/rooms.ts";
import { functionBreaches, lineBreaches } from "./tidy/sizes.ts";
import { readSources, type SourceFile } from "./tidy/sources.ts";

const sources = readSources();

/** A file that is not there, to plant a breach with. */
function planted(path: string, text: string): SourceFile[] {
  return [{ path, text }];
}

test("the sources are found", () => {
  assert.ok(sources.length > 100, `only ${sources.length} files were read`);
});

test("imports go down, never up and never sideways", () => {
  assert.deepEqual(importBreaches(sources), []);
});

test("an import that goes up, sideways, or past an exports entry is caught", () => {
  for (const [path, text] of [
    ["packages/core/src/planted.ts", 'import { openSql } from "@tenfold/sql";'],
    ["platform/sql/src/planted.ts", 'import type { Accounts } from "@tenfold/accounts";'],
    [
      "systems/accounts/src/planted.ts",
      'import { createUrlShortener } from "@tenfold/url-shortener";',
    ],
    ["systems/accounts/src/planted.ts", 'import x from "../../url-shortener/src/service.ts";'],
    ["systems/accounts/src/planted.ts", 'export * from "fastify";'],
    ["systems/accounts/src/planted.ts", 'const redis = await import("ioredis");'],
  ] as const) {
    assert.equal(importBreaches(planted(path, text)).length, 1, `${path}: ${text}`);
  }
});

test("what only core may call is called only there", () => {
  assert.deepEqual(bannedCalls(sources), []);
});

test("a banned call is caught, a mention in a comment is not", () => {
  const path = "systems/accounts/src/planted.ts";
  for (const call of [
    "Date.now()",
    "Math.random()",
    "process.env",
    "console.log(1)",
    "new Date()",
  ]) {
    assert.equal(bannedCalls(planted(path, `const x = ${call};`)).length, 1, call);
  }
  assert.deepEqual(bannedCalls(planted(path, "// Date.now() is not called here")), []);
});

test("every system has the rooms of a system and no others", () => {
  assert.deepEqual(roomBreaches(sources), []);
});

test("a room of another name is caught", () => {
  assert.equal(roomBreaches(planted("systems/accounts/src/helpers.ts", "")).length, 1);
});

test("files keep to 400 lines and functions to 60", () => {
  assert.deepEqual(lineBreaches(sources), []);
  assert.deepEqual(functionBreaches(sources), []);
});

test("a long file and a long function are caught", () => {
  const body = "  work();\n".repeat(61);
  assert.equal(functionBreaches(planted("a/src/b.ts", `function f() {\n${body}}\n`)).length, 1);
  assert.equal(lineBreaches(planted("a/src/b.ts", "\n".repeat(401))).length, 1);
});

test("the documentation lists exactly the error codes that exist", () => {
  assert.deepEqual(errorCodesDocumented(), errorCodesDeclared(sources));
});

test("every driver runs its port's conformance suite", () => {
  // A driver exports `<product><Port>`, `redisState`; what lies beside it are its parts.
  const drivers = sources.filter(({ path, text }) => {
    const product = /\/drivers\/([a-z0-9]+)\.ts$/.exec(path)?.[1];
    return product !== undefined && new RegExp(`export function ${product}[A-Z]`).test(text);
  });
  assert.ok(drivers.length >= 2, "no drivers were found");
  for (const { path } of drivers) {
    const spec = sources.find((file) => file.path === path.replace(/\.ts$/, ".test.ts"));
    assert.match(spec?.text ?? "", /conformance/i, `${path} has no conformance test beside it`);
  }
});
