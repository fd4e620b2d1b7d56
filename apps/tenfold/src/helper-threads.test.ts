import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { lowerHelperThreads } from "./helper-threads.ts";

/** Names of this process' threads by their niceness, the 19th field of `stat`. */
function threadsByNice(): { name: string; nice: number }[] {
  return readdirSync("/proc/self/task").map((id) => {
    const stat = readFileSync(`/proc/self/task/${id}/stat`, "utf8");
    const [, name = "", rest = ""] = /\((.*)\) (.*)/.exec(stat) ?? [];
    return { name, nice: Number(rest.split(" ")[16]) };
  });
}

test(
  "lowering gives way with V8's helpers and with nothing else",
  {
    skip: process.platform !== "linux",
  },
  () => {
    const before = threadsByNice().find(({ name }) => name !== "V8Worker")?.nice;
    assert.ok(lowerHelperThreads() > 0);
    for (const { name, nice } of threadsByNice()) {
      assert.equal(nice, name === "V8Worker" ? 10 : before, name);
    }
  },
);
