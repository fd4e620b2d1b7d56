import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Link } from "./contract.ts";
import { CSV_ROWS_MAX, csvHeader, parseCsv, writeCsv } from "./csv.ts";

const link: Link = {
  id: "1",
  code: "abc",
  domain: "tenfold.test",
  shortUrl: "https://tenfold.test/abc",
  url: "https://example.com/",
  status: 302,
  title: null,
  tags: [],
  validFrom: null,
  validUntil: null,
  maxVisits: null,
  visits: 0,
  hasPassword: false,
  rules: [],
  variants: [],
  forwardQuery: false,
  state: "active",
  clicks: { total: 3, human: 2, bot: 1 },
  version: 1,
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:00.000Z",
};

test("what is exported can be imported again, whatever the title holds", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 40 }), (text) => {
      const title = text.trim();
      fc.pre(title !== "" && !/^'[=+\-@]/.test(title));
      const [row] = parseCsv(csvHeader + writeCsv([{ ...link, title }]));
      assert.deepEqual(row, { url: link.url, slug: "abc", title, status: 302 });
    }),
  );
});

test("no exported text begins like a formula", () => {
  for (const title of ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)"]) {
    assert.ok(writeCsv([{ ...link, title }]).includes(`,'${title.slice(0, 2)}`), title);
  }
});

test("a file that is no list of links is refused with what is wrong", () => {
  const cases: [csv: string, said: RegExp][] = [
    ["", /first line/],
    ["title\nx", /"url" among them/],
    ["url,colour\nx,y", /"colour" is not known/],
    ["url,url\na,b", /twice/],
    ["url\n", /no rows/],
    ["url,title\nhttps://a.example", /./],
    ['url\n"open', /./],
    [`url\n${"x\n".repeat(CSV_ROWS_MAX + 1)}`, /more than 10000/],
  ];
  for (const [csv, said] of cases) {
    assert.throws(
      () => parseCsv(csv),
      (error: Error & { code?: string }) =>
        error.code === "csv_invalid" && said.test(error.message),
      csv.slice(0, 20),
    );
  }
});
