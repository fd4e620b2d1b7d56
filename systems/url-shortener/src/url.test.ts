import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createDomains } from "./domains.ts";
import { checkUrl, coversHost, hostOf, locationOf, parseHost, withQuery } from "./url.ts";

const domains = createDomains(() => "https://tenfold.test", ["sho.rt", "kürz.example"]);
const rules = {
  isOwn: domains.isOwn,
  isBlocked: (host: string) => coversHost(new Set(["bad.example", "2001:db8::1"]), host),
};

function verdict(url: string): string {
  const result = checkUrl(url, rules, "/url");
  return result.ok ? result.host : result.error.code;
}

test("each URL is accepted, or refused for its own reason", () => {
  const cases: [url: string, expected: string][] = [
    ["https://example.com", "example.com"],
    ["HTTP://EXAMPLE.COM./a b", "example.com"],
    ["https://bücher.example/ü", "xn--bcher-kva.example"],
    ["http://[2001:DB8::2]:81/", "2001:db8::2"],
    ["http://0x7f.1/", "127.0.0.1"],
    ["/relative", "url_invalid"],
    ["example.com", "url_invalid"],
    ["https://", "url_invalid"],
    ["https://exa mple.com", "url_invalid"],
    [" https://example.com", "url_invalid"],
    ["https://example.com/\n", "url_invalid"],
    ["ht\ntps://example.com", "url_invalid"],
    ["https://example.com/\ud800", "url_invalid"],
    [`https://example.com/${"ü".repeat(1000)}`, "url_invalid"],
    ["javascript:alert(1)", "url_scheme_refused"],
    ["data:text/html,x", "url_scheme_refused"],
    ["ftp://example.com", "url_scheme_refused"],
    ["mailto:a@example.com", "url_scheme_refused"],
    ["https://user@example.com", "url_credentials_refused"],
    ["https://user:pw@example.com", "url_credentials_refused"],
    ["https://:@example.com", "url_credentials_refused"],
    ["https://@example.com", "url_credentials_refused"],
    ["http:/\\@example.com", "url_credentials_refused"],
    ["https://example.com/@user", "example.com"],
    ["https://tenfold.test/abc", "url_loops"],
    ["http://TENFOLD.test.:8080/abc", "url_loops"],
    ["https:\\\\tenfold.test", "url_loops"],
    ["https://tenfold。test", "url_loops"],
    ["https://ｔｅｎｆｏｌｄ.test", "url_loops"],
    ["https://xn--krz-hoa.example", "url_loops"],
    ["https://KÜRZ.example", "url_loops"],
    ["https://bad.example", "url_blocked"],
    ["https://deep.under.BAD.example:444", "url_blocked"],
    ["https://notbad.example", "notbad.example"],
    ["http://[2001:db8:0::1]", "url_blocked"],
  ];
  for (const [url, expected] of cases) assert.equal(verdict(url), expected, JSON.stringify(url));
});

test("no text makes the check throw, and what passes is http or https to a foreign host", () => {
  const hosts = fc.constantFrom(
    "tenfold.test",
    "sho.rt",
    "bad.example",
    "Tenfold.Test.",
    "ok.example",
    "ok.example:80",
  );
  const urlLike = fc
    .tuple(
      fc.constantFrom("http:", "HTTPS:", "https:", "javascript:"),
      fc.constantFrom("//", "/", "\\\\", ""),
      fc.constantFrom("", "u@", "u:p@"),
      hosts,
      fc.string(),
    )
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.webUrl(), urlLike),
      (text) => {
        const result = checkUrl(text, rules, "/url");
        if (!result.ok) return result.error.status === 422;
        const url = new URL(text);
        assert.ok(["http:", "https:"].includes(url.protocol));
        assert.equal(url.username + url.password, "");
        assert.ok(!domains.isOwn(hostOf(text)) && !rules.isBlocked(hostOf(text)));
        return true;
      },
    ),
    { numRuns: 2000 },
  );
});

test("Location leads where the URL leads, in characters a header may hold", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.webUrl({ withFragments: true, withQueryParameters: true }),
        fc.string().map((path) => `https://example.com/${path}`),
      ),
      (url) => {
        if (!checkUrl(url, rules, "/url").ok) return;
        const location = locationOf(url);
        assert.match(location, /^https?:\/\/[!-~]+$/i);
        assert.equal(new URL(location).href, new URL(url).href);
      },
    ),
  );
  assert.equal(
    locationOf("https://Example.com/A?b#c"),
    "https://Example.com/A?b#c",
    "kept as typed",
  );
  assert.equal(locationOf("http:\\\\example.com\\a"), "http://example.com/a");
});

test("the caller's parameters are added, and take the place of the target's", () => {
  assert.equal(withQuery("https://e.com/p", "a=1"), "https://e.com/p?a=1");
  assert.equal(
    withQuery("https://e.com/p?a=1&b=2&a=3#h#i", "a=9&a=8"),
    "https://e.com/p?b=2&a=9&a=8#h#i",
  );
  assert.equal(withQuery("https://e.com/p?a=1", ""), "https://e.com/p?a=1");
  fc.assert(
    fc.property(fc.webQueryParameters(), fc.webQueryParameters(), (own, given) => {
      const merged = new URL(withQuery(`https://e.com/?${own}#x`, given)).searchParams;
      const wanted = new URLSearchParams(`&${given}`);
      for (const name of wanted.keys()) assert.deepEqual(merged.getAll(name), wanted.getAll(name));
    }),
  );
});

test("hosts are read in every common writing", () => {
  for (const text of ["Example.com", "*.example.com", ".example.com", "example.com."])
    assert.equal(parseHost(text), "example.com");
  assert.equal(parseHost("bücher.example"), "xn--bcher-kva.example");
  assert.equal(parseHost("2001:DB8::1"), "2001:db8::1");
  for (const text of ["", "*", "a/b", "a b", "example.com:80", "u@example.com", "%41.com", "a..b/"])
    assert.equal(parseHost(text), undefined, text);
});
