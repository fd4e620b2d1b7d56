import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { partitionOfCellKey } from "../cell-key.ts";
import { createSettle } from "./settle.ts";
import { createBench } from "./testing/bench.ts";
import { placeIn } from "../testing/place-in.ts";

const PARTITIONS = 1;
const placeOf = (number: number): Uint8Array => placeIn(PARTITIONS, `key ${number}`);
const partition = partitionOfCellKey(placeOf(0));
const old = [["n1", "n2", "n3"]];
const both = [...old, ["n4", "n2", "n3"]];

/** Four voters, the first three with so many registers; and the move of n1's part to n4. */
async function createMove(count: number, hears: (to: string) => boolean = () => true) {
  const bench = createBench(4);
  const first = bench.registers((to) => to !== "n3");
  for (let number = 0; number < count; number++) {
    await bench.settle(
      first.change(
        placeOf(number),
        () => old,
        () => Buffer.from(`v${number}`),
      ),
    );
  }
  const settle = createSettle({
    registers: bench.registers((to) => hears(to)),
    voters: () => both,
    ask: async (to, { after }) =>
      hears(to) ? { kind: "registers", ...(await bench.list(to, partition, after)) } : undefined,
  });
  return { ...bench, move: () => bench.settle(settle(partition)) };
}

describe("a partition's registers, when it moves", () => {
  test("are with a majority of the new owners, also those that only two old ones had", async () => {
    const { move, registers, settle } = await createMove(300);
    assert.equal(await move(), true);
    const late = registers((to) => to === "n4" || to === "n3");
    for (const number of [0, 150, 299]) {
      const value = await settle(late.read(placeOf(number), () => [["n4", "n2", "n3"]]));
      assert.equal(value && Buffer.from(value).toString(), `v${number}`);
    }
  });

  test("are not said to be there while too few of either side answer", async () => {
    for (const lost of [
      ["n1", "n2"],
      ["n4", "n3"],
    ]) {
      const { move } = await createMove(1, (to) => !lost.includes(to));
      assert.equal(await move(), false);
    }
  });

  test("need no answer of an owner that is gone", async () => {
    const { move } = await createMove(2, (to) => to !== "n1");
    assert.equal(await move(), true);
  });
});
