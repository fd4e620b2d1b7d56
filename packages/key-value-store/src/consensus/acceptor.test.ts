import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hasCode } from "@tenfold/core";
import * as fc from "fast-check";
import { createDisk } from "../simulation/disk.ts";
import { createWorld } from "../simulation/world.ts";
import { decodeAcceptorState, encodeAcceptorState } from "./acceptor-record.ts";
import { createAcceptor, registerKey, type AcceptorRequest } from "./acceptor.ts";

const register = Buffer.from("d-key");
const ballot = (counter: number, proposer = 1) => ({ counter, proposer });
const prepare = (counter: number, proposer = 1): AcceptorRequest => ({
  kind: "prepare",
  register,
  ballot: ballot(counter, proposer),
});
const accept = (counter: number, text: string, next?: number): AcceptorRequest => ({
  kind: "accept",
  register,
  ballot: ballot(counter),
  value: Buffer.from(text),
  next: next === undefined ? undefined : ballot(next),
});

/** An acceptor, and what it says to one request after another. */
function createVoter() {
  const world = createWorld(1);
  const disk = createDisk(world);
  const open = () => createAcceptor(disk.open((event) => event()));
  const say = async (acceptor: ReturnType<typeof open>, request: AcceptorRequest) => {
    const answer = acceptor.answer(request);
    answer.catch(() => undefined);
    await world.run(world.now() + 1_000);
    const reply = await answer;
    assert.equal(reply.kind, "vote");
    return reply.kind === "vote" ? reply : assert.fail();
  };
  return { world, disk, open, say };
}

describe("an acceptor", () => {
  test("refuses what is below its promise, and says what it promised and accepted", async () => {
    const { open, say } = createVoter();
    const acceptor = open();
    assert.equal((await say(acceptor, prepare(5))).isGranted, true);
    assert.deepEqual(
      [
        (await say(acceptor, prepare(4, 9))).isGranted,
        (await say(acceptor, accept(4, "a"))).isGranted,
      ],
      [false, false],
    );
    assert.equal((await say(acceptor, accept(5, "b", 6))).isGranted, true);
    const refused = await say(acceptor, prepare(5, 9));
    assert.deepEqual([refused.isGranted, refused.promised], [false, ballot(6)]);
    const seen = await say(acceptor, { kind: "inspect", register });
    assert.deepEqual(seen.accepted, { ballot: ballot(5), value: Buffer.from("b") });
  });

  test("keeps its word over a crash at any moment after it was given", async () => {
    const { open, say, disk } = createVoter();
    await say(open(), prepare(5));
    disk.crash();
    assert.equal((await say(open(), prepare(4))).isGranted, false);
    await say(open(), accept(5, "b"));
    disk.crash();
    assert.deepEqual((await say(open(), prepare(6))).accepted?.ballot, ballot(5));
  });

  test("says nothing of a register whose record is damaged", async () => {
    const { open, say, disk, world } = createVoter();
    const storage = disk.open((event) => event());
    await say(open(), accept(5, "b"));
    void storage.write([{ key: registerKey(register), value: Buffer.of(1, 2) }], { sync: true });
    await world.run(world.now() + 1_000);
    await assert.rejects(say(open(), prepare(9)), (error) => hasCode(error, "record_corrupt"));
  });
});

test("an acceptor's record comes back as it was, and no other bytes are taken for one", () => {
  const uint48 = fc.maxSafeNat().map((value) => value % 2 ** 48);
  const plain = { noNullPrototype: true };
  const ballots = fc.record(
    { counter: uint48.map((value) => value || 1), proposer: uint48 },
    plain,
  );
  const accepted = fc.record({ ballot: ballots, value: fc.uint8Array() }, plain);
  const states = fc.record(
    { promised: ballots, accepted: fc.option(accepted, { nil: undefined }) },
    plain,
  );
  fc.assert(
    fc.property(states, fc.nat(), (state, place) => {
      const record = encodeAcceptorState(state);
      assert.deepEqual(decodeAcceptorState(record), state);
      const damaged = Uint8Array.from(record);
      const at = place % damaged.length;
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      assert.throws(() => decodeAcceptorState(damaged));
      assert.throws(() => decodeAcceptorState(record.subarray(0, at)));
    }),
  );
});
