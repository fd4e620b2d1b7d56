import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { createManualClock, hasCode } from "@tenfold/core";
import { counterAbove, createMultiMaster } from "./multi-master.ts";
import { createTickets } from "./ticket-server.ts";

/** A durable counter that can be away. */
function counter(startAt = 1n) {
  const state = { next: startAt, away: false, asked: 0 };
  const take = async (count: number) => {
    state.asked += 1;
    if (state.away) throw new Error("no answer");
    const first = state.next;
    state.next += BigInt(count);
    return { first };
  };
  return { state, take };
}

async function draw(source: { next(): Promise<bigint> }, count: number): Promise<bigint[]> {
  const ids: bigint[] = [];
  while (ids.length < count) ids.push(await source.next());
  return ids;
}

describe("multi-master", () => {
  test("counts in its lane as MySQL does", async () => {
    const lane = createMultiMaster(counter(), { offset: 2, step: 3, blockSize: 2 });
    assert.deepEqual(await draw(lane, 4), [2n, 5n, 8n, 11n]);
  });

  test("lanes never meet, whatever their number, blocks and speed", async () => {
    const lanes = fc.array(
      fc.record({ blockSize: fc.nat({ max: 9 }), count: fc.nat({ max: 40 }) }),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    await fc.assert(
      fc.asyncProperty(lanes, async (sizes) => {
        const all = await Promise.all(
          sizes.map(({ blockSize, count }, index) => {
            const options = { offset: index + 1, step: sizes.length, blockSize: blockSize + 1 };
            return draw(createMultiMaster(counter(), options), count);
          }),
        );
        assert.equal(new Set(all.flat()).size, all.flat().length);
      }),
      { numRuns: 50 },
    );
  });

  test("a lane can be added when every counter is moved above the highest ID", async () => {
    const two = [1, 2].map((offset) =>
      createMultiMaster(counter(), { offset, step: 2, blockSize: 5 }),
    );
    const before = (await Promise.all(two.map((lane) => draw(lane, 33)))).flat();
    const highest = before.reduce((a, b) => (a > b ? a : b));
    const after = await Promise.all(
      [1, 2, 3].map((offset) => {
        const lane = { offset, step: 3 };
        const moved = counter(counterAbove(highest, lane));
        return draw(createMultiMaster(moved, { ...lane, blockSize: 5 }), 10);
      }),
    );
    assert.ok(after.flat().every((id) => id > highest));
    assert.equal(new Set(after.flat()).size, 30);
  });

  test("counterAbove() is the first counter above an ID, and no later one", () => {
    const cases = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 9 }), fc.nat({ max: 8 }));
    fc.assert(
      fc.property(cases, ([id, step, lane]) => {
        const offset = (lane % step) + 1;
        const found = Number(counterAbove(BigInt(id), { offset, step }));
        const idOf = (counter: number): number => (counter - 1) * step + offset;
        assert.ok(found >= 1 && idOf(found) > id);
        assert.ok(found === 1 || idOf(found - 1) <= id);
      }),
    );
  });

  test("refuses a lane outside its step", () => {
    for (const lane of [
      { offset: 0, step: 2 },
      { offset: 3, step: 2 },
      { offset: 1, step: 0 },
    ]) {
      assert.throws(() => createMultiMaster(counter(), { ...lane, blockSize: 1 }), RangeError);
    }
  });
});

describe("ticket servers", () => {
  function servers(count: number) {
    const clock = createManualClock();
    const all = Array.from({ length: count }, () => counter());
    const client = (first: number) =>
      createTickets({ clock, servers: all }, { blockSize: 3, first });
    return { clock, all, client };
  }

  test("one server hands out dense numbers in order", async () => {
    const { client } = servers(1);
    assert.deepEqual(await draw(client(0), 7), [1n, 2n, 3n, 4n, 5n, 6n, 7n]);
  });

  test("when one goes away another takes over at once, and nobody's number comes twice", async () => {
    const { all, client, clock } = servers(2);
    const [a, b] = [client(0), client(1)];
    const ids = [...(await draw(a, 4)), ...(await draw(b, 4))];
    for (const { state } of all.slice(0, 1)) state.away = true;
    ids.push(...(await draw(a, 20)), ...(await draw(b, 20)));
    for (const { state } of all) state.away = !state.away;
    await clock.advance(5_000);
    ids.push(...(await draw(a, 20)), ...(await draw(b, 20)));
    assert.equal(new Set(ids).size, ids.length);
  });

  test("a server that failed is left alone for a while", async () => {
    const { all, client, clock } = servers(2);
    const tickets = client(0);
    for (const { state } of all.slice(0, 1)) state.away = true;
    await draw(tickets, 30);
    const asked = all[0]?.state.asked;
    await draw(tickets, 300);
    assert.equal(all[0]?.state.asked, asked);
    await clock.advance(5_000);
    assert.equal(all[0]?.state.asked, asked);
  });

  test("with none left, the caller is told; and served again when one is back", async () => {
    const { all, client } = servers(2);
    const tickets = client(0);
    for (const { state } of all) state.away = true;
    await assert.rejects(tickets.next(), (error) => hasCode(error, "segment_unavailable"));
    for (const { state } of all.slice(1)) state.away = false;
    assert.equal(await tickets.next(), 2n);
  });

  test("a server that counts backwards is an error, not a reason to go elsewhere", async () => {
    const { all, client } = servers(2);
    const tickets = client(0);
    await draw(tickets, 3);
    for (const { state } of all) state.next = 1n;
    await assert.rejects(draw(tickets, 9), (error) => hasCode(error, "segment_invalid"));
  });
});
