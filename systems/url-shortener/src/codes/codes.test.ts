import assert from "node:assert/strict";
import { test } from "node:test";
import { createSegmentAllocator } from "@tenfold/unique-id";
import * as fc from "fast-check";
import { base57, base62, CODE_LENGTH, readCode, writeCode } from "./alphabet.ts";
import { createBloomFilter } from "./bloom-filter.ts";
import { createHashCodes } from "./hash-codes.ts";
import { createNumberCode, createNumberCodes } from "./number-codes.ts";
import { isReserved } from "./reserved.ts";
import { isRudeCode, isRudeSlug } from "./rude-words.ts";
import { slugPattern, slugProblem } from "./slug.ts";

const key = new Uint8Array(32).fill(3);
const request = { url: "https://example.com/", domain: "", ownerId: "1", attempt: 0 };

function numbersFrom(start: bigint) {
  let next = start;
  return createSegmentAllocator(
    { take: async (count) => ({ first: (next += BigInt(count)) - BigInt(count) }) },
    { blockSize: 100 },
  );
}

test("plain codes are base 62 of the number, as the textbook's examples", () => {
  const codeOf = createNumberCode({ alphabet: base62, key: undefined });
  assert.equal(codeOf(2009215674938n), "zn9edcu");
  assert.equal(codeOf(11157n), "2TX");
});

test("a code of either alphabet reads back as its number", () => {
  for (const alphabet of [base62, base57]) {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: alphabet.size - 1n }), (value) => {
        const code = writeCode(value, alphabet, CODE_LENGTH);
        assert.equal(code.length, CODE_LENGTH);
        assert.equal(readCode(code, alphabet), value);
      }),
    );
  }
  assert.equal(readCode("0", base57), undefined);
});

test("permuted codes have seven characters, differ, and do not follow each other", async () => {
  const codes = createNumberCodes({ numbers: numbersFrom(10_000n) }, { alphabet: base62, key });
  const drawn = await Promise.all(Array.from({ length: 5000 }, () => codes.next(request)));
  assert.equal(new Set(drawn).size, drawn.length);
  for (const code of drawn) assert.match(code, /^[0-9A-Za-z]{7}$/);
  const numbers = drawn.map((code) => readCode(code, base62) ?? 0n);
  const rising = numbers.filter(
    (value, index) => index > 0 && value > (numbers[index - 1] ?? 0n),
  ).length;
  assert.ok(rising > 2200 && rising < 2800, `${rising} of 5,000 rise: not as if drawn by lot`);
});

test("without look-alikes, no code holds 0, O, 1, l or I", async () => {
  const codes = createNumberCodes({ numbers: numbersFrom(1n) }, { alphabet: base57, key });
  for (let index = 0; index < 2000; index += 1)
    assert.doesNotMatch(await codes.next(request), /[0O1lI]/);
});

test("rude and reserved codes are skipped", async () => {
  for (const rude of ["fuckABC", "xxsh1tx", "Fuuckab", "a55hole", "b1tchQQ", "x5H1Tzz"])
    assert.ok(isRudeCode(rude), rude);
  for (const fine of ["Xk29QpZ", "zn9edcu", "2TX"]) assert.ok(!isRudeCode(fine), fine);
  const metrics = readCode("metrics", base62) ?? 0n;
  const codes = createNumberCodes(
    { numbers: numbersFrom(metrics) },
    { alphabet: base62, key: undefined },
  );
  assert.equal(await codes.next(request), "metrict");
});

test("few random codes are refused as rude", () => {
  const codeOf = createNumberCode({ alphabet: base62, key });
  const refused = Array.from({ length: 20_000 }, (_, index) => codeOf(BigInt(index))).filter(
    isRudeCode,
  ).length;
  assert.ok(refused < 20_000 * 0.03, `${refused} of 20,000`);
});

test("chosen slugs may not be reserved in any case, nor rude; innocent words pass", () => {
  for (const word of ["app", "V1", "Docs", "livez", "metrics", "ASSETS"])
    assert.ok(isReserved(word));
  for (const slug of ["Scunthorpe", "assess", "class-of-26", "grape", "spring_sale"])
    assert.equal(slugProblem(slug), undefined, slug);
  assert.ok(isRudeSlug("what-the-fuck"));
  assert.doesNotMatch("-x", slugPattern);
  assert.doesNotMatch("x".repeat(65), slugPattern);
});

test("a Bloom filter never denies what was added, and errs in about 1 % otherwise", () => {
  const filter = createBloomFilter(20_000);
  const codeOf = createNumberCode({ alphabet: base62, key });
  const code = (index: number): string => codeOf(BigInt(index));
  for (let index = 0; index < 20_000; index += 1) filter.add(code(index));
  let wrong = 0;
  for (let index = 0; index < 20_000; index += 1) {
    assert.ok(filter.mightHave(code(index)));
    if (filter.mightHave(code(index + 1_000_000))) wrong += 1;
  }
  assert.ok(wrong < 20_000 * 0.02, `${wrong} of 20,000`);
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 50 }), (keys) => {
      const small = createBloomFilter(50);
      for (const each of keys) small.add(each);
      return keys.every((each) => small.mightHave(each));
    }),
  );
});

test("hash codes come from the URL; one that is taken is hashed again", async () => {
  const existing: { domain: string; code: string }[] = [];
  const deps = {
    countCodes: async () => existing.length,
    async *eachCode() {
      yield* existing;
    },
  };
  const make = async () => {
    const codes = createHashCodes(deps, { alphabet: base62, key });
    await codes.start();
    return codes;
  };
  const first = await (await make()).next(request);
  assert.equal(await (await make()).next(request), first, "the same URL hashes alike");
  existing.push({ domain: "", code: first });
  const codes = await make();
  const second = await codes.next(request);
  assert.notEqual(second, first, "the filter knows it from the start");
  assert.notEqual(await codes.next(request), second);
  assert.notEqual(await codes.next({ ...request, attempt: 1 }), await (await make()).next(request));
});
