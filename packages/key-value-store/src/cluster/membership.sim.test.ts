import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Reply, Request } from "../node/messages.ts";
import { createWorld, type World } from "../simulation/world.ts";
import { Membership } from "./membership.ts";

const PING_MS = 100;

interface Host {
  membership: Membership;
  isUp: boolean;
  /** How long it takes for anything. */
  slowMs: number;
}

/** Memberships and what lies between them; each also notes when it first took another for down. */
function createGossip(world: World, count: number) {
  const names = Array.from({ length: count }, (_, index) => `m${index}`);
  const hosts = new Map<string, Host>();
  const cuts = new Set<string>();
  const answer = async (host: Host, from: string, request: Request): Promise<Reply> => {
    if (request.kind === "probe") return host.membership.answerProbe(request.target);
    if (request.kind !== "ping") return { kind: "refused" };
    host.membership.take(request.rumours);
    return { kind: "rumours", rumours: host.membership.rumoursFor(from) };
  };
  const ask = (from: string, to: string, request: Request, timeoutMs: number) =>
    new Promise<Reply | undefined>((resolve) => {
      const arrive = (source: string, target: string, event: () => void): void => {
        const host = hosts.get(target);
        const delayMs = 1 + world.random.float() * 4 + (host?.slowMs ?? 0);
        world.after(delayMs, () => {
          if (host?.isUp !== true || cuts.has(`${source} ${target}`)) return;
          host.membership.heard(source);
          event();
        });
      };
      let isAnswered = false;
      world.after(timeoutMs, () => {
        if (isAnswered) return;
        hosts.get(from)?.membership.missed(to);
        resolve(undefined);
      });
      arrive(from, to, () => {
        const host = hosts.get(to);
        if (host === undefined) return;
        void answer(host, from, request).then((reply) => {
          arrive(to, from, () => {
            isAnswered = true;
            resolve(reply);
          });
        });
      });
    });
  const start = (name: string, incarnation: number): void => {
    const membership = new Membership(
      {
        clock: { now: world.now, monotonic: world.now, sleep: () => Promise.resolve() },
        random: world.random,
        ask: (to, request, timeoutMs) => ask(name, to, request, timeoutMs),
      },
      { self: name, incarnation, pingMs: PING_MS, pingTimeoutMsMin: 50, pingTimeoutMsMax: 500 },
    );
    membership.watch(names);
    hosts.set(name, { membership, isUp: true, slowMs: 0 });
    const round = (): void => {
      if (hosts.get(name)?.membership !== membership || !hosts.get(name)?.isUp) return;
      membership.round();
      world.after(PING_MS, round);
    };
    world.after(world.random.float() * PING_MS, round);
  };
  for (const name of names) start(name, 1);
  const host = (name: string): Host => {
    const found = hosts.get(name);
    assert.ok(found);
    return found;
  };
  const statesOf = (target: string) =>
    names
      .filter((name) => name !== target && host(name).isUp)
      .map((name) => host(name).membership.stateOf(target));
  const reach = (target: string) =>
    names
      .filter((name) => name !== target && host(name).isUp)
      .map((name) => host(name).membership.isReachable(target));
  return { names, host, start, cuts, statesOf, reach };
}

const all = <Value>(values: readonly Value[], value: Value): boolean =>
  values.length > 0 && values.every((each) => each === value);

describe("membership", () => {
  for (const count of [3, 5, 20]) {
    test(`of ${count}: a lost member is avoided by all soon, and later agreed to be down`, async () => {
      for (let seed = 1; seed <= (count === 20 ? 2 : 10); seed++) {
        const world = createWorld(seed);
        const { host, statesOf, reach } = createGossip(world, count);
        await world.run(2_000);
        host("m1").isUp = false;
        await world.run(world.now() + (count === 20 ? 1_500 : 800));
        assert.ok(all(reach("m1"), false), `seed ${seed}: ${reach("m1").join()}`);
        await world.run(world.now() + 10_000);
        assert.ok(all(statesOf("m1"), "down"), `seed ${seed}: ${statesOf("m1").join()}`);
      }
    });
  }

  test("a member that comes back, with a later life or the same one, is up for all again", async () => {
    for (const isSameLife of [true, false]) {
      const world = createWorld(3);
      const { host, start, statesOf, reach } = createGossip(world, 5);
      await world.run(1_000);
      host("m2").isUp = false;
      await world.run(12_000);
      assert.ok(all(statesOf("m2"), "down"));
      // The same life: its process was stopped, not ended, and it does not even know of it.
      if (isSameLife) host("m2").isUp = true;
      start("m2", isSameLife ? 1 : 2);
      await world.run(world.now() + 3_000);
      assert.ok(all(statesOf("m2"), "up"), statesOf("m2").join());
      assert.ok(all(reach("m2"), true));
    }
  });

  test("a member under load, answering late, is not declared down", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const world = createWorld(seed);
      const { host, statesOf } = createGossip(world, 5);
      await world.run(1_000);
      for (let step = 0; step < 100; step++) {
        host("m1").slowMs = world.random.float() * 150;
        await world.run(world.now() + 100);
        assert.ok(!statesOf("m1").includes("down"), `seed ${seed}, step ${step}`);
      }
    }
  });

  test("a link cut between two of them makes nobody down: others speak for both", async () => {
    const world = createWorld(4);
    const { host, names, cuts, statesOf } = createGossip(world, 5);
    cuts.add("m0 m1").add("m1 m0");
    await world.run(10_000);
    for (const name of names) assert.ok(all(statesOf(name), "up"), name);
    assert.equal(host("m0").membership.isReachable("m1"), false);
    assert.equal(host("m2").membership.isReachable("m1"), true);
    cuts.clear();
    await world.run(world.now() + 1_000);
    assert.equal(host("m0").membership.isReachable("m1"), true);
  });

  test("each side of a cut takes the other for down, and both meet again after it", async () => {
    const world = createWorld(5);
    const { names, cuts, statesOf } = createGossip(world, 6);
    for (const one of names.slice(0, 3)) {
      for (const other of names.slice(3)) cuts.add(`${one} ${other}`).add(`${other} ${one}`);
    }
    await world.run(15_000);
    assert.deepEqual(statesOf("m0").toSorted(), ["down", "down", "down", "up", "up"]);
    cuts.clear();
    await world.run(world.now() + 5_000);
    for (const name of names) assert.ok(all(statesOf(name), "up"), statesOf(name).join());
  });

  test("one missed request is enough to avoid a member, and its next word to ask it again", async () => {
    const world = createWorld(6);
    const { host } = createGossip(world, 3);
    await world.run(500);
    const { membership } = host("m0");
    membership.missed("m1");
    assert.equal(membership.isReachable("m1"), false);
    assert.equal(membership.stateOf("m1"), "up");
    await world.run(world.now() + 20);
    assert.equal(membership.isReachable("m1"), true);
  });
});
