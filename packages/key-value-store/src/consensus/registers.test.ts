import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hasCode } from "@tenfold/core";
import type { Request } from "../node/messages.ts";
import { decide } from "./decide.ts";
import type { RegisterPayload } from "./registers.ts";
import { createBench } from "./testing/bench.ts";

const key = Buffer.from("d-key");
const bytes = (text: string): Uint8Array => Buffer.from(text);
const textOf = (value: RegisterPayload): string | undefined =>
  value && Buffer.from(value).toString();
const countUp = (value: RegisterPayload): Uint8Array =>
  bytes(String(Number(textOf(value) ?? 0) + 1));

describe("a register", () => {
  test("is absent, holds what it was changed to, and is absent again when removed", async () => {
    const { registers, settle, voters } = createBench();
    const [one, other] = [registers(), registers()];
    assert.equal(await settle(one.read(key, voters)), undefined);
    const first = await settle(one.change(key, voters, () => bytes("tea")));
    assert.deepEqual([textOf(first.before), textOf(first.after)], [undefined, "tea"]);
    const second = await settle(other.change(key, voters, (value) => bytes(`${textOf(value)}!`)));
    assert.equal(textOf(second.after), "tea!");
    assert.equal(textOf(await settle(one.read(key, voters))), "tea!");
    await settle(one.change(key, voters, () => undefined));
    assert.equal(await settle(other.read(key, voters)), undefined);
  });

  test("counts each change of many proposers at once", async () => {
    const { registers, settle, voters } = createBench(5);
    const calls = Array.from({ length: 5 }, () => registers()).flatMap((each) =>
      Array.from({ length: 4 }, () => each.change(key, voters, countUp)),
    );
    const outcomes = await settle(Promise.allSettled(calls));
    assert.ok(outcomes.every(({ status }) => status === "fulfilled"));
    assert.equal(textOf(await settle(registers().read(key, voters))), "20");
  });

  test("is still there when all voters lost their memory, and as the last proposer left it", async () => {
    const { registers, settle, voters, names, restart } = createBench();
    const one = registers();
    await settle(one.change(key, voters, countUp));
    for (const name of names) restart(name);
    await settle(one.change(key, voters, countUp));
    for (const name of names) restart(name);
    assert.equal(textOf(await settle(registers().read(key, voters))), "2");
  });

  test("does not change when its function throws, and the caller gets what was thrown", async () => {
    const { registers, settle, voters } = createBench();
    const one = registers();
    await settle(one.change(key, voters, countUp));
    const refused = one.change(key, voters, () => {
      throw new RangeError("no");
    });
    refused.catch(() => undefined);
    await assert.rejects(settle(refused), RangeError);
    assert.equal(textOf(await settle(one.read(key, voters))), "1");
  });

  test("is not to be had without a majority, and the caller is told that it may have changed", async () => {
    const { registers, settle, voters } = createBench();
    const cut = registers((to) => to === "n1").change(key, voters, countUp);
    cut.catch(() => undefined);
    await assert.rejects(settle(cut), (error) => hasCode(error, "quorum_unavailable"));
    const still = registers((to) => to !== "n1").change(key, voters, countUp);
    assert.equal(textOf((await settle(still)).after), "1");
  });

  test("is not to be had from no voters at all, and the next call is not held up by it", async () => {
    const { registers, settle, voters } = createBench();
    const one = registers();
    for (const none of [[], [[]]]) {
      const change = one.change(key, () => none, countUp);
      change.catch(() => undefined);
      await assert.rejects(settle(change), (error) => hasCode(error, "quorum_unavailable"));
    }
    assert.equal(textOf((await settle(one.change(key, voters, countUp))).after), "1");
  });

  test("counts a change once that few accepted and another proposer built on", async () => {
    const { registers, settle, voters } = createBench();
    const other = registers((to) => to !== "n3");
    let built: Promise<unknown> | undefined;
    // The first acceptance reaches n1 alone; the other proposer comes by before the second attempt.
    const one = registers((to, request) => {
      if (request.kind !== "accept" || built !== undefined) return true;
      if (to === "n1") return true;
      if (to === "n3") built = settleSoon();
      return false;
    });
    const settleSoon = (): Promise<unknown> => other.change(key, voters, countUp);
    const { before, after } = await settle(one.change(key, voters, countUp));
    await built;
    assert.deepEqual([textOf(before), textOf(after)], [undefined, "1"]);
    assert.equal(textOf(await settle(other.read(key, voters))), "2");
  });

  test("costs the proposer that changed it last one round trip, a quiet read one without a vote", async () => {
    const { registers, settle, voters } = createBench();
    const asked: string[] = [];
    const one = registers((_to, { kind }) => asked.push(kind) > 0);
    await settle(one.change(key, voters, countUp));
    asked.length = 0;
    await settle(one.change(key, voters, countUp));
    await settle(one.read(key, voters));
    assert.deepEqual(asked, [...Array(3).fill("accept"), ...Array(3).fill("inspect")]);
  });

  test("with two groups of voters needs a majority of each", async () => {
    const { registers, settle } = createBench(4);
    const [old, both] = [
      [["n1", "n2", "n3"]],
      [
        ["n1", "n2", "n3"],
        ["n4", "n2", "n3"],
      ],
    ];
    const one = registers();
    await settle(one.change(key, () => old, countUp));
    await settle(one.change(key, () => both, countUp));
    const cut = (to: string, _request: Request): boolean => to === "n3" || to === "n4";
    const lonely = registers(cut).change(key, () => both, countUp);
    lonely.catch(() => undefined);
    await assert.rejects(settle(lonely), (error) => hasCode(error, "quorum_unavailable"));
    assert.equal(textOf(await settle(registers().read(key, () => [["n4", "n2", "n3"]]))), "2");
  });
});

describe("a decision", () => {
  test("is one, whoever proposes what, and stays", async () => {
    const { registers, settle, voters } = createBench(5);
    const proposals = ["a", "b", "c"].map((text) =>
      decide(registers(), { instance: 7, proposal: bytes(text), voters: voters() }),
    );
    const decided = (await settle(Promise.all(proposals))).map(textOf);
    assert.equal(new Set(decided).size, 1);
    const late = decide(registers(), { instance: 7, proposal: bytes("d"), voters: voters() });
    assert.equal(textOf(await settle(late)), decided[0]);
    const next = decide(registers(), { instance: 8, proposal: bytes("d"), voters: voters() });
    assert.equal(textOf(await settle(next)), "d");
  });

  test("is not made without a majority", async () => {
    const { registers, settle, voters } = createBench();
    const alone = registers((to) => to === "n2");
    const proposal = { instance: 1, proposal: bytes("a"), voters: voters() };
    assert.equal(await settle(decide(alone, proposal)), undefined);
  });
});
