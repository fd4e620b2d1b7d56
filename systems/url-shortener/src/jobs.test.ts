import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestHouse } from "./testing.ts";

test("a title is fetched within bounds and filled in, unless one was given meanwhile", async () => {
  await using house = await createTestHouse();
  const asked: { url: string; bytes: number }[] = [];
  const shortener = await house.replica({
    outbound: {
      async get(url, { bodyBytesMax }) {
        asked.push({ url, bytes: bodyBytesMax });
        if (url.endsWith("/broken")) throw new Error("address_forbidden");
        return {
          url,
          status: 200,
          headers: { "content-type": "text/html" },
          body: Buffer.from("<title>Found</title>"),
          truncated: false,
        };
      },
    },
  });
  const make = async (name: string) =>
    (await shortener.api("POST /v1/links", { url: `https://example.com/${name}` })).body;
  const [plain, broken, edited] = [await make("plain"), await make("broken"), await make("edited")];
  await shortener.api(`PATCH /v1/links/${edited.id}`, { title: "Mine" });

  const [work] = shortener.system.workers;
  assert.ok(work !== undefined);
  const signal = new AbortController().signal;
  await work.handle(
    shortener.enqueued.map(({ data }, index) => ({ id: String(index), data, retries: 0, signal })),
  );

  const titleOf = async (id: string) => (await shortener.api(`GET /v1/links/${id}`)).body;
  assert.equal((await titleOf(plain.id)).title, "Found");
  assert.equal((await titleOf(plain.id)).version, 1, "nobody's If-Match is broken by it");
  assert.equal((await titleOf(broken.id)).title, null);
  assert.equal((await titleOf(edited.id)).title, "Mine");
  assert.deepEqual(
    asked.map(({ bytes }) => bytes),
    [65_536, 65_536, 65_536],
  );
});
