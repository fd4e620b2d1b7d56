import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createManualClock, hasCode } from "@tenfold/core";
import { safeLayout } from "./snowflake-layout.ts";
import { createSnowflake } from "./snowflake.ts";
import { createWorkerRegistry } from "./worker-registry.ts";

const isInUse = (error: unknown): boolean => hasCode(error, "worker_id_in_use");

describe("one worker ID in one process", () => {
  test("has one generator: the second is refused, by default over the whole process", () => {
    const clock = createManualClock();
    const ids = createSnowflake({ clock }, { workerId: 17, datacenterId: 29 });
    assert.throws(() => createSnowflake({ clock }, { workerId: 17, datacenterId: 29 }), isInUse);
    const others = [
      createSnowflake({ clock }, { workerId: 18, datacenterId: 29 }),
      createSnowflake({ clock }, { workerId: 17, layout: safeLayout }),
      createSnowflake({ clock }, { workerId: 17, datacenterId: 29, epochMs: 0 }),
    ];
    for (const each of [ids, ...others]) each.close();
  });

  test("is free after close(); the next one begins after its predecessor, whatever its clock says", () => {
    const registry = createWorkerRegistry();
    const clock = createManualClock();
    const first = createSnowflake({ clock, registry }, { workerId: 1 });
    const last = first.next();
    first.close();
    first.close();
    assert.throws(
      () => first.next(),
      (error) => hasCode(error, "lease_lost"),
    );
    clock.step(-3_600_000);
    const second = createSnowflake({ clock, registry }, { workerId: 1 });
    assert.ok(second.next() > last);
    first.close();
    assert.throws(() => createSnowflake({ clock, registry }, { workerId: 1 }), isInUse);
  });

  test("is free when its lease has ended, by signal or by held()", () => {
    const registry = createWorkerRegistry();
    const clock = createManualClock();
    const over = new AbortController();
    createSnowflake({ clock, registry, signal: over.signal }, { workerId: 1 });
    over.abort(new Error("over"));
    let held = true;
    const lease = { held: () => held };
    const second = createSnowflake({ clock, registry, lease }, { workerId: 1 });
    second.next();
    held = false;
    for (let attempt = 0; attempt < 2; attempt += 1) {
      assert.throws(
        () => second.fillBigInts(new BigUint64Array(1)),
        (error) => hasCode(error, "lease_lost"),
      );
      // A lease that seems to come back does not bring the generator back.
      held = true;
    }
    createSnowflake({ clock, registry }, { workerId: 1 }).next();
  });
});
