/** The storage port's promises, kept by LevelDB on a real disk. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createSeededRandom, hasCode, silentLog } from "@tenfold/core";
import { createLevelStorage } from "./level-storage.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString();
const put = (key: string, value: string) => ({ key: bytes(key), value: bytes(value) });
const removal = (key: string) => ({ key: bytes(key), value: undefined });

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kv-level-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const open = async (folder: string) => {
  const storage = createLevelStorage({ log: silentLog }, { folder });
  await storage.start();
  return storage;
};

test("reads see every write that was called before them, and a second start too", async (t) => {
  const folder = await folderOf(t);
  {
    await using storage = await open(folder);
    const written = storage.write([put("a", "1"), put("b", "2")], { sync: true });
    assert.equal(text(await storage.get(bytes("a"))), "1");
    const removed = storage.write([removal("a")], { sync: false });
    assert.equal(await storage.get(bytes("a")), undefined);
    await Promise.all([written, removed, storage.write([], { sync: true })]);
    assert.equal(await storage.get(bytes("a")), undefined);
    assert.equal(text(await storage.get(bytes("b"))), "2");
  }
  await using again = await open(folder);
  assert.equal(await again.get(bytes("a")), undefined);
  assert.equal(text(await again.get(bytes("b"))), "2");
});

test("a range is the same whether writes wait or are stored, in both directions", async (t) => {
  await using storage = await open(await folderOf(t));
  const random = createSeededRandom(7);
  const model = new Map<string, string>();
  const key = (): string => String(random.below(40)).padStart(2, "0");
  const pending: Promise<void>[] = [];
  for (let step = 0; step < 600; step++) {
    const name = key();
    if (random.below(3) === 0) {
      model.delete(name);
      pending.push(storage.write([removal(name)], { sync: false }));
    } else {
      model.set(name, `v${step}`);
      pending.push(storage.write([put(name, `v${step}`)], { sync: random.below(9) === 0 }));
    }
    if (random.below(4) === 0) await Promise.all(pending.splice(0));
    const [from = "", to = ""] = [key(), key()].sort();
    const limit = 1 + random.below(12);
    const reverse = random.below(2) === 0;
    const range = { from: bytes(from), to: bytes(to), limit, reverse };
    const got = (await storage.range(range)).map(([name_, value]) => [text(name_), text(value)]);
    const inOrder = [...model]
      .filter(([name_]) => name_ >= from && name_ < to)
      .sort(([one], [other]) => (one < other ? -1 : 1));
    if (reverse) inOrder.reverse();
    assert.deepEqual(got, inOrder.slice(0, limit));
  }
  await Promise.all(pending);
});

test("a folder belongs to one at a time, and the second is told so", async (t) => {
  const folder = await folderOf(t);
  await using storage = await open(folder);
  await assert.rejects(open(folder), (error) => hasCode(error, "folder_in_use"));
  await storage.write([put("a", "1")], { sync: true });
});

test("a failing disk makes it read-only: writes are refused, reads go on", async (t) => {
  await using storage = await open(await folderOf(t));
  await storage.write([put("a", "1")], { sync: true });
  // LevelDB refuses a value that is no bytes, as it would refuse what a full disk does not take.
  const bad = { key: bytes("b"), value: null as unknown as Uint8Array };
  const refused = storage.write([{ ...bad }], { sync: true });
  await assert.rejects(refused, (error) => hasCode(error, "node_read_only"));
  assert.match(storage.readOnly ?? "", /took no more/);
  await assert.rejects(storage.write([put("c", "1")], { sync: false }), (error) =>
    hasCode(error, "node_read_only"),
  );
  assert.equal(text(await storage.get(bytes("a"))), "1");
  assert.equal(await storage.get(bytes("b")), undefined);
});
