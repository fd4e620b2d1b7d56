import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { emptyCell, update, type Cell } from "../cell.ts";
import { encodeCell } from "../record.ts";
import { placeIn } from "../testing/place-in.ts";
import { createConfirming } from "./confirming.ts";
import type { Reply, Request } from "./messages.ts";

const place = placeIn(4, "tea");
const dot = { actor: 7, counter: 9 };
const tea = update(
  emptyCell,
  { ...dot, payload: { kind: "value", bytes: Buffer.from("hot") } },
  new Map(),
);
/** Two values that did not see each other. */
const siblings = update(
  tea,
  { actor: 8, counter: 9, payload: { kind: "value", bytes: Buffer.from("cold") } },
  new Map(),
);

interface Scene {
  readonly self?: string;
  /** What this node has in memory; nothing for `undefined`. */
  readonly held?: Cell | undefined;
  readonly down?: readonly string[];
  /** An owner's answer, or that there is none yet after what answers usually take. */
  readonly answers?: Readonly<Record<string, Reply["kind"] | "slow">>;
}

/** Asks as node a, unless told, of owners a, b and c. */
function createScene({ self = "a", held, down = [], answers = {} }: Scene) {
  const asked: string[] = [];
  const requests: Request[] = [];
  const record = held && encodeCell(held);
  const request = async (
    to: string,
    message: Request,
    _timeoutMs: number,
    slow?: () => void,
  ): Promise<Reply | undefined> => {
    asked.push(to);
    requests.push(message);
    const answer = answers[to] ?? "done";
    if (answer === "slow") {
      slow?.();
      return new Promise(() => undefined);
    }
    return answer === "done" ? { kind: "done" } : { kind: "refused" };
  };
  const confirm = createConfirming({
    self,
    placement: { owners: () => ["a", "b", "c"] },
    peers: { isReachable: (peer) => !down.includes(peer), request },
    replica: { record: () => record },
    requestTimeoutMs: 150,
  });
  return { confirm: async (quorum: number) => confirm(place, quorum), asked, requests, record };
}

describe("a read that is confirmed", () => {
  test("names its version to R − 1 other owners, and is what this node holds", async () => {
    const { confirm, asked, requests, record } = createScene({ held: tea });
    assert.equal(await confirm(2), record);
    assert.deepEqual(asked, ["b"]);
    assert.deepEqual(requests, [{ kind: "confirm", place, dot }]);
    assert.equal(await confirm(3), record);
    assert.deepEqual(asked, ["b", "b", "c"]);
  });

  test("asks nobody where R is 1, and others in place of those that do not answer", async () => {
    const alone = createScene({ held: siblings });
    assert.equal(await alone.confirm(1), alone.record);
    assert.deepEqual(alone.asked, []);
    const lost = createScene({ held: tea, down: ["b"] });
    assert.equal(await lost.confirm(2), lost.record);
    assert.deepEqual(lost.asked, ["c"]);
  });

  const unconfirmed: readonly (Scene & { name: string; asks: readonly string[] })[] = [
    { name: "an owner holds another version", held: tea, answers: { b: "refused" }, asks: ["b"] },
    { name: "an owner takes long", held: tea, answers: { b: "slow" }, asks: ["b"] },
    { name: "it is not in memory", held: undefined, asks: [] },
    { name: "there are several versions", held: siblings, asks: [] },
    { name: "this node is no owner", held: tea, self: "d", asks: [] },
    { name: "too few owners answer", held: tea, down: ["b", "c"], asks: [] },
  ];
  for (const { name, asks, ...scene } of unconfirmed) {
    test(`is none where ${name}`, async () => {
      const { confirm, asked } = createScene(scene);
      assert.equal(await confirm(2), undefined);
      assert.deepEqual(asked, asks);
    });
  }
});
