/** What every approach must do as its traits say; each one's test hands itself in. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { IdSource } from "./id-source.ts";

/** `open(n)` gives the n-th of several sources over the same ID space. */
export function describeIdSource(
  name: string,
  open: () => Promise<(index: number) => Promise<IdSource>>,
): void {
  const isAbove = (source: IdSource, a: string, b: string): boolean =>
    source.traits.form === "decimal" ? BigInt(a) > BigInt(b) : a > b;

  describe(`ID source: ${name}`, () => {
    test("has the form and size that its traits name", async () => {
      const source = await (await open())(0);
      for (const id of [await source.take(), ...(await source.takeMany(100))]) {
        if (source.traits.form === "uuid")
          assert.match(id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
        else assert.ok(/^[1-9]\d*$/.test(id) && BigInt(id) < 2n ** BigInt(source.traits.bits));
      }
    });

    test("gives no ID twice: not to callers at once, not from several sources", async () => {
      const at = await open();
      const sources = [await at(0), await at(1)];
      const drawn = await Promise.all(
        sources.flatMap((source) => [
          source.takeMany(3_000),
          ...Array.from({ length: 200 }, () => source.take().then((id) => [id])),
        ]),
      );
      assert.equal(new Set(drawn.flat()).size, drawn.flat().length);
    });

    test("rises where its traits say so, and is not claimed to where they do not", async () => {
      const source = await (await open())(0);
      const ids = [...(await source.takeMany(2_000)), await source.take()];
      const rises = ids.every((id, at) => at === 0 || isAbove(source, id, ids[at - 1] ?? ""));
      assert.equal(rises, source.traits.rises);
    });

    test("takes a count from 0 to 10,000, and a signal", async () => {
      const source = await (await open())(0);
      assert.deepEqual(await source.takeMany(0), []);
      assert.equal((await source.takeMany(10_000)).length, 10_000);
      await assert.rejects(source.takeMany(10_001), RangeError);
      const reason = new Error("gone");
      await assert.rejects(source.take(AbortSignal.abort(reason)), reason);
      await assert.rejects(source.takeMany(1, AbortSignal.abort(reason)), reason);
    });
  });
}
