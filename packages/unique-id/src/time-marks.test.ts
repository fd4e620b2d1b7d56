import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { fileTimeMarks } from "./file.ts";
import { describeTimeMarks } from "./time-marks.conformance.ts";
import { memoryTimeMarks } from "./time-marks.ts";

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});
async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tenfold-marks-"));
  folders.push(folder);
  return join(folder, "marks");
}

describeTimeMarks("memory", async () => {
  const marks = memoryTimeMarks();
  return { marks, reopen: async () => marks };
});

describeTimeMarks("files", async () => {
  const folder = await freshFolder();
  return { marks: fileTimeMarks(folder), reopen: async () => fileTimeMarks(folder) };
});

test("files: of two holders who race for a slot, the later begins above all the earlier may use", async () => {
  const marks = fileTimeMarks(await freshFolder());
  for (let token = 1n; token < 40n; token += 1n) {
    const [holder, successor] = [
      { slot: 0, token },
      { slot: 0, token: token + 1n },
    ];
    const opened = await marks.open(holder);
    assert.notEqual(opened, "fenced");
    const wantedMs = Number(token) * 1_000;
    const [written, found] = await Promise.all([
      marks.write(holder, wantedMs),
      marks.open(successor),
    ]);
    assert.ok(found !== "fenced");
    if (written) assert.ok((found.markMs ?? 0) >= wantedMs, `token ${token}`);
  }
});
