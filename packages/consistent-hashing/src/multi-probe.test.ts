import assert from "node:assert/strict";
import { test } from "node:test";
import { createMultiProbe } from "./multi-probe.ts";
import { stats } from "./stats.ts";

const names = Array.from({ length: 50 }, (_, n) => `10.0.0.${n}:80`);
const keys = Array.from({ length: 200_000 }, (_, n) => `key:${n * 7_919}`);

test("more probes divide more evenly", () => {
  const peaks = [1, 3, 21].map(
    (probes) => stats(createMultiProbe(names, { probes }), keys).peakToAverage,
  );
  const [one = 0, three = 0, many = 0] = peaks;
  assert.ok(one > 2 && three < one && many < three, peaks.join());
  // 4,000 keys each on average: chance alone adds some 4 %.
  assert.ok(many < 1.2, peaks.join());
});

test("weights and impossible numbers of probes are refused", () => {
  assert.throws(() => createMultiProbe(["a", { id: "b", weight: 2 }]), /no weights/);
  assert.throws(() => createMultiProbe(["a", { id: "b", weight: 0 }]), /no weights/);
  for (const probes of [0, 1.5, 1_001]) {
    assert.throws(() => createMultiProbe(["a"], { probes }), RangeError);
  }
});
