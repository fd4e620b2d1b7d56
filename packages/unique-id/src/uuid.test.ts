import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { validate, version } from "uuid";
import { createManualClock, createSeededRandom, hasCode, systemRandom } from "@tenfold/core";
import { typeIdOfUuid, ulidOfUuid, uuidOfTypeId, uuidOfUlid } from "./crockford.ts";
import { createUuidV4, createUuidV7, uuidBytes, uuidText, uuidTimeMs } from "./uuid.ts";

const isInvalid = (error: unknown): boolean => hasCode(error, "id_invalid");
const anyUuid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(uuidText);

function generator() {
  const clock = createManualClock();
  return { clock, uuids: createUuidV7({ clock, random: createSeededRandom(1) }) };
}

/** Draws `count`, each asserted to sort above the one before. */
function draw(uuids: { next(): string }, count: number, after = ""): string {
  let last = after;
  for (let drawn = 0; drawn < count; drawn += 1) {
    const uuid = uuids.next();
    if (uuid <= last) assert.fail(`${uuid} after ${last}`);
    last = uuid;
  }
  return last;
}

describe("UUID version 4", () => {
  test("is one in the eyes of npm's uuid, and 122 of its bits vary", () => {
    const uuids = createUuidV4({ random: systemRandom });
    const [ones, zeros] = [new Uint8Array(16), new Uint8Array(16)];
    const seen = new Set<string>();
    for (let count = 0; count < 10_000; count += 1) {
      const uuid = uuids.next();
      if (!validate(uuid) || version(uuid) !== 4) assert.fail(uuid);
      seen.add(uuid);
      uuidBytes(uuid).forEach((byte, at) => {
        ones[at] = (ones[at] ?? 0) | byte;
        zeros[at] = (zeros[at] ?? 0) | (~byte & 0xff);
      });
    }
    assert.equal(seen.size, 10_000);
    const varying = ones.map((byte, at) => byte & (zeros[at] ?? 0));
    const bits = varying.reduce(
      (sum, byte) => sum + byte.toString(2).replaceAll("0", "").length,
      0,
    );
    assert.equal(bits, 122);
    assert.equal(uuidTimeMs(uuids.next()), undefined);
  });
});

describe("UUID version 7", () => {
  test("is one in the eyes of npm's uuid, and carries its time", () => {
    const { clock, uuids } = generator();
    const uuid = uuids.next();
    assert.ok(validate(uuid) && version(uuid) === 7, uuid);
    assert.equal(uuidTimeMs(uuid), clock.now());
    assert.equal(uuids.lastMs(), clock.now());
  });

  test("rises strictly within a ms, over ms, and over steps back of 5 ms, 5 s, 20 s and 1 h", async () => {
    const { clock, uuids } = generator();
    let last = draw(uuids, 50_000);
    for (const stepMs of [-5, -5_000, -20_000, -3_600_000, 5, 5_000, 3_600_000]) {
      clock.step(stepMs);
      last = draw(uuids, 5_000, last);
      await clock.advance(1);
      last = draw(uuids, 5_000, last);
    }
  });

  test("rises whatever the clock does", () => {
    const steps = fc.array(fc.integer({ min: -100_000, max: 100_000 }), { maxLength: 30 });
    fc.assert(
      fc.property(steps, (moves) => {
        const { clock, uuids } = generator();
        let last = "";
        for (const stepMs of moves) {
          clock.step(stepMs);
          last = draw(uuids, 20, last);
        }
      }),
    );
  });

  test("borrows the next ms when the counter is full, and still rises", () => {
    const clock = createManualClock();
    // All ones: the counter starts at its highest, and 2^41 from its end.
    const bytes = (count: number) => new Uint8Array(count).fill(0xff);
    const random = { ...createSeededRandom(1), bytes };
    const uuids = createUuidV7({ clock, random });
    const first = uuids.next();
    assert.equal(first.slice(14, 18), "77ff");
    const second = uuids.next();
    assert.ok(second > first);
    assert.equal(second.slice(14, 18), "7800");
  });

  test("a time that 48 bits do not hold is refused", () => {
    for (const nowMs of [-1, 2 ** 48, Number.NaN]) {
      const uuids = createUuidV7({ clock: { now: () => nowMs }, random: systemRandom });
      assert.throws(
        () => uuids.next(),
        (error) => hasCode(error, "clock_out_of_range"),
      );
      assert.equal(uuids.lastMs(), undefined);
    }
  });
});

describe("a UUID's other forms", () => {
  test("bytes, ULID and TypeID lead back to it", () => {
    fc.assert(
      fc.property(anyUuid, fc.constantFrom("", "user", "post_like"), (uuid, prefix) => {
        assert.equal(uuidText(uuidBytes(uuid)), uuid);
        assert.equal(uuidOfUlid(ulidOfUuid(uuid)), uuid);
        assert.equal(uuidOfUlid(ulidOfUuid(uuid).toLowerCase()), uuid);
        assert.deepEqual(uuidOfTypeId(typeIdOfUuid(prefix, uuid)), { prefix, uuid });
      }),
    );
  });

  test("sort as it does", () => {
    fc.assert(
      fc.property(anyUuid, anyUuid, (a, b) => {
        assert.equal(a < b, ulidOfUuid(a) < ulidOfUuid(b));
      }),
    );
  });

  test("are those of the specifications", () => {
    const uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    // The valid examples of the TypeID specification.
    assert.equal(typeIdOfUuid("prefix", uuid), "prefix_01h455vb4pex5vsknk084sn02q");
    assert.equal(
      typeIdOfUuid("", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
      "7zzzzzzzzzzzzzzzzzzzzzzzzz",
    );
    assert.equal(ulidOfUuid(uuid), "01H455VB4PEX5VSKNK084SN02Q");
  });

  test("that are none are refused", () => {
    for (const text of ["", "x", "01890a5d-ac96-774b-bcce-b302099a805", "g".repeat(36)]) {
      assert.throws(() => uuidBytes(text), isInvalid);
    }
    for (const ulid of ["", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "0".repeat(25), `${"0".repeat(25)}U`]) {
      assert.throws(() => uuidOfUlid(ulid), isInvalid);
    }
    // Of the TypeID specification's invalid examples.
    const suffix = "0".repeat(26);
    for (const typeId of [
      `PREFIX_${suffix}`,
      `12345_${suffix}`,
      `pre.fix_${suffix}`,
      `_${suffix}`,
      `prefix__${suffix}`,
      "prefix_1234567890123456789012345",
      "prefix_ABCDEFGHJKMNPQRSTVWXYZ0123",
      "prefix_8zzzzzzzzzzzzzzzzzzzzzzzzz",
      "prefix",
    ]) {
      assert.throws(() => uuidOfTypeId(typeId), isInvalid, typeId);
    }
    assert.throws(() => uuidText(new Uint8Array(15)), RangeError);
  });
});
