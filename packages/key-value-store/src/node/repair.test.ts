import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createManualClock, createSeededRandom, silentLog } from "@tenfold/core";
import { partitionOfCellKey } from "../cell-key.ts";
import { emptyCell, isSameCell, update, type Cell } from "../cell.ts";
import { createLivePlacement } from "../cluster/live-placement.ts";
import { foundCluster } from "../cluster/transitions.ts";
import { createHybridClock } from "../hybrid-clock.ts";
import { createMemoryStorage } from "../testing/memory-storage.ts";
import { encodeMessage } from "../wire/message-codec.ts";
import { answerHashes, answerLeaf, answerRoots, createAntiEntropy } from "./anti-entropy.ts";
import { createDigests } from "./digests.ts";
import type { Message, Reply, Request } from "./messages.ts";
import { createRepair } from "./repair.ts";
import { createReplica, type Replica } from "./replica.ts";
import { placeIn } from "../testing/place-in.ts";

const names = ["a", "b"] as const;
type Name = (typeof names)[number];

/** Two owners of everything, and the bytes that went between them. */
async function createPair(partitions: number) {
  const where = { address: "", clientAddress: "", zone: "", weight: 1, state: "member" as const };
  const members = names.map((name) => ({ name, id: 0, ...where }));
  const placement = createLivePlacement();
  placement.use(foundCluster({ clusterId: "test", members, copies: 2, partitions }));
  const clock = createManualClock();
  const random = createSeededRandom(1);
  const shipped = { bytes: 0, messages: 0 };
  const replicas = new Map<Name, Replica>();
  const replicaOf = (name: Name): Replica => {
    const found = replicas.get(name);
    assert.ok(found);
    return found;
  };
  const count = (body: Message["body"]): void => {
    shipped.messages += 1;
    shipped.bytes += encodeMessage({
      boot: 2 ** 47,
      id: 1_000,
      stamp: 2 ** 52,
      version: 9,
      body,
    }).length;
  };
  for (const name of names) {
    const replica = createReplica({
      storage: createMemoryStorage(),
      stamps: createHybridClock(() => clock.now()),
      drawActor: () => random.below(2 ** 32) * 2 ** 15 + 1,
      log: silentLog,
      cacheBytes: 2 ** 20,
      owns: () => true,
      takes: () => true,
    });
    await replica.open();
    replicas.set(name, replica);
  }
  const digests = new Map(
    names.map((self) => [self, createDigests({ self, placement, replica: replicaOf(self) })]),
  );
  const answer = async (from: Name, to: Name, request: Request): Promise<Reply> => {
    const replica = replicaOf(to);
    switch (request.kind) {
      case "summary":
        return { kind: "summary", groups: digests.get(to)?.summary(from) ?? [] };
      case "roots":
        return answerRoots(replica, request);
      case "hashes":
        return answerHashes(replica, request);
      case "leaf":
        return answerLeaf(replica, request);
      default:
        return { kind: "refused" };
    }
  };
  const repairs = names.map((self) => {
    const [other] = names.filter((name) => name !== self);
    assert.ok(other);
    const peers = {
      isReachable: () => true,
      receive: () => undefined,
      lost: () => undefined,
      tick: () => undefined,
      request: async (_to: string, request: Request) => {
        count({ kind: "request", request });
        const reply = await answer(self, other, request);
        count({ kind: "reply", reply });
        return reply;
      },
    };
    const own = digests.get(self);
    assert.ok(own);
    const deps = { self, clock, placement, peers, replica: replicaOf(self), digests: own };
    return createRepair({
      ...deps,
      antiEntropy: createAntiEntropy({ ...deps, requestTimeoutMs: 1_000 }),
    });
  });
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 3; round++) for (const repair of repairs) await repair.round();
  };
  return { a: replicaOf("a"), b: replicaOf("b"), settle, shipped, repairs };
}

const put = (text: string) =>
  ({
    kind: "put",
    payload: { kind: "value", bytes: Buffer.from(text) },
    context: "held",
  }) as const;

describe("repair of two owners", () => {
  test("ships less than 40 KB for one key that differs, in 16,384 partitions of which each has been written", async () => {
    const partitions = 16_384;
    const { a, b, settle, shipped } = await createPair(partitions);
    const batches = new Map<number, { place: Uint8Array; cell: Cell }[]>();
    for (let key = 0; key < 20_000; key++) {
      const place = placeIn(partitions, `key ${key}`);
      const payload = { kind: "value", bytes: Buffer.alloc(100, key) } as const;
      const version = { actor: 1 + (key % 3), counter: key + 1, payload };
      const cell = update(emptyCell, version, new Map());
      const batch = batches.get(partitionOfCellKey(place)) ?? [];
      batches.set(partitionOfCellKey(place), [...batch, { place, cell }]);
    }
    for (const batch of batches.values()) await Promise.all([a.mergeAll(batch), b.mergeAll(batch)]);
    const known = new Map([1, 2, 3].map((actor) => [actor, 50_000]));
    const learnt = new Map(
      [...batches.keys()].map((partition) => [partition, { vector: known, losses: 0 }]),
    );
    await Promise.all([a.learn(learnt), b.learn(learnt)]);
    await settle();
    const place = placeIn(partitions, "key 17");
    await a.write(place, put("changed"));
    shipped.bytes = 0;
    await settle();
    assert.deepEqual(await b.read(place), await a.read(place));
    assert.ok(shipped.bytes < 40_000, `${shipped.bytes} bytes`);
    shipped.bytes = 0;
    await settle();
    // Six surveys, of 128 groups.
    assert.ok(shipped.bytes < 6 * 2_500, `${shipped.bytes} bytes when nothing differs`);
  });

  test("brings over a leaf of any size, such as one large collection", async () => {
    const { a, b, settle, repairs } = await createPair(2);
    const places = Array.from({ length: 2_000 }, (_, element) =>
      placeIn(2, "many", `member ${element}`),
    );
    await Promise.all(places.map((place, at) => (at % 3 === 0 ? b : a).write(place, put(`${at}`))));
    await settle();
    for (const place of places) {
      assert.ok(isSameCell(await b.read(place), await a.read(place)));
    }
    assert.deepEqual(
      repairs.map((repair) => repair.progress().divergent),
      [0, 0],
    );
  });

  test("forgets a tombstone once both have seen it and know of it", async () => {
    const { a, b, settle } = await createPair(4);
    const place = placeIn(4, "gone");
    await a.write(place, put("there"));
    await settle();
    await b.write(place, { kind: "put", payload: { kind: "removed" }, context: "held" });
    await settle();
    assert.equal(await a.read(place), emptyCell);
    assert.equal(await b.read(place), emptyCell);
  });
});
