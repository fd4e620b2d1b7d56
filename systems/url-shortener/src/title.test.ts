import assert from "node:assert/strict";
import { test } from "node:test";
import iconv from "iconv-lite";
import * as fc from "fast-check";
import { TITLE_LENGTH_MAX, titleOf } from "./title.ts";

const html = (body: string | Uint8Array, contentType = "text/html") =>
  titleOf({ body: typeof body === "string" ? Buffer.from(body) : body, contentType });

test("the first title is taken, in one line, with its entities read", () => {
  assert.equal(
    html("<title>\n Fish &amp; Chips\t&lt;3 </title><title>Second</title>"),
    "Fish & Chips <3",
  );
  assert.equal(html("<TITLE lang=en>Loud</TITLE>"), "Loud");
});

test("a page without a whole title of its own has none", () => {
  for (const page of [
    "",
    "<p>text</p>",
    "<title> </title>",
    "<title>cut of",
    "<svg><title>icon</title></svg>",
    "<!-- <title>x</title> -->",
  ]) {
    assert.equal(html(page), undefined, page);
  }
  assert.equal(html("<title>x</title>", "application/pdf"), undefined);
  assert.equal(
    titleOf({ body: Buffer.from("<title>x</title>"), contentType: undefined }),
    undefined,
  );
});

test("the charset comes from the byte order mark, the header or the page", () => {
  assert.equal(
    html(iconv.encode("<title>Ñandú</title>", "latin1"), "text/html; charset=ISO-8859-1"),
    "Ñandú",
  );
  assert.equal(
    html(iconv.encode('<meta charset="windows-1251"><title>Привет</title>', "windows-1251")),
    "Привет",
  );
  assert.equal(
    html(
      iconv.encode(
        '<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS"><title>日本</title>',
        "shift_jis",
      ),
    ),
    "日本",
  );
  assert.equal(html(iconv.encode("<title>Wide</title>", "utf-16le", { addBOM: true })), "Wide");
  assert.equal(html("<meta charset=no-such><title>ü</title>"), "ü");
});

test("long titles are cut, and any bytes give a well-formed title or none", () => {
  const long = html(`<title>${"😀".repeat(300)}</title>`) ?? "";
  assert.ok(long.length <= TITLE_LENGTH_MAX && long.endsWith("…") && long.isWellFormed());
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom("utf-8", "utf-16be", "gbk", "x"),
      (bytes, charset) => {
        const body = Buffer.concat([Buffer.from("<title>"), bytes, Buffer.from("</title>")]);
        const title = html(body, `text/html; charset=${charset}`);
        assert.ok(title === undefined || (title.isWellFormed() && !/\p{Cc}/u.test(title)));
      },
    ),
  );
});
