import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";

import { temporaryFolder } from "./scene.ts";
import { boundLog, logLength, readLogSince } from "./server-log.ts";

test("a log that has grown large is moved aside, and a small one is left alone", (t) => {
  const path = temporaryFolder(t, "server.log");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "short\n");
  boundLog(path);
  assert.equal(logLength(path), 6);
  appendFileSync(path, Buffer.alloc(9 * 1024 * 1024, "x"));
  boundLog(path);
  assert.equal(logLength(path), 0);
  assert.ok(statSync(`${path}.1`).size > 9 * 1024 * 1024);
});

test("only what was logged since is read", (t) => {
  const path = temporaryFolder(t, "server.log");
  writeFileSync(path, "before\nafter\n");
  assert.equal(readLogSince(path, 7), "after\n");
});
