import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  acceptedLanguages,
  agentOf,
  botReason,
  countryOf,
  referrerHost,
  Visitor,
  visitorHash,
  visitorKey,
} from "./visitor.ts";

const chrome =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36";
const iphone =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1";
const ipad = iphone.replace("iPhone; CPU iPhone OS", "iPad; CPU OS");
const pixel =
  "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Mobile Safari/537.36";

test("a user agent names device, platform and browser", () => {
  const facts = [chrome, iphone, ipad, pixel].map((agent) => {
    const { device, platform, browser } = agentOf(agent);
    return [device, platform, browser];
  });
  assert.deepEqual(facts, [
    ["desktop", undefined, "Chrome"],
    ["mobile", "ios", "Safari"],
    ["tablet", "ios", "Safari"],
    ["mobile", "android", "Chrome"],
  ]);
  assert.equal(agentOf(chrome), agentOf(chrome));
});

test("robots, link previews, prefetches and callers without an agent are bots, with the reason", () => {
  const reason = (userAgent: string | undefined, purpose?: string) =>
    botReason({ address: "8.8.8.8", userAgent, purpose });
  for (const agent of [
    "Googlebot/2.1",
    "curl/8.1",
    "WhatsApp/2.23",
    "Slackbot-LinkExpanding 1.0",
    "facebookexternalhit/1.1",
    "TelegramBot (like TwitterBot)",
    "Discordbot/2.0",
    "SkypeUriPreview Preview/0.5",
  ]) {
    assert.equal(reason(agent), "robot", agent);
  }
  assert.equal(reason(undefined), "no_agent");
  assert.equal(reason("  "), "no_agent");
  assert.equal(reason(chrome, "prefetch;prerender"), "prefetch");
  assert.equal(reason(chrome, "Preview"), "prefetch");
  assert.equal(reason(chrome), undefined);
});

test("people in an app's web view are people", () => {
  const instagram = `${iphone} Instagram 300.0.0.0`;
  assert.equal(botReason({ address: "8.8.8.8", userAgent: instagram }), undefined);
});

test("public addresses have a country, private and broken ones have none", () => {
  assert.equal(countryOf("8.8.8.8"), "US");
  assert.equal(countryOf("::ffff:8.8.8.8"), "US");
  assert.equal(countryOf("2a00:1450:4001:82b::200e"), "IE");
  for (const address of [
    "127.0.0.1",
    "10.1.2.3",
    "192.168.0.1",
    "172.16.0.1",
    "172.31.0.1",
    "169.254.0.1",
    "100.64.0.1",
    "240.0.0.1",
    "300.1.1.1",
    "::ffff:10.0.0.1",
    "::ffff:a00:1",
    "::1",
    "fe80::1",
    "fc00::1",
    "",
    "junk",
  ]) {
    assert.equal(countryOf(address), undefined, address);
  }
});

test("a referrer is reduced to its host", () => {
  assert.equal(referrerHost("https://www.Example.com:8443/secret?token=1#x"), "example.com");
  assert.equal(referrerHost("https://user:pass@news.example/"), "news.example");
  assert.equal(referrerHost("https://bücher.example/a"), "xn--bcher-kva.example");
  assert.equal(referrerHost("http://[2001:db8::1]/"), "[2001:db8::1]");
  for (const none of [
    undefined,
    "",
    "about:blank",
    "javascript:alert(1)",
    "android-app://com.x",
    "https://",
    "<script>",
  ]) {
    assert.equal(referrerHost(none), undefined, none);
  }
});

test("whatever a referrer is, its host can stand in a page", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.webUrl(),
        fc.string().map((text) => `https://${text}`),
        fc.string(),
      ),
      (text) => {
        assert.match(referrerHost(text) ?? "", /^[0-9a-z._-]*$|^\[[0-9a-f:]+\]$/);
      },
    ),
  );
});

test("languages come most wanted first, refused and broken ones not at all", () => {
  const tags = (header: string) => acceptedLanguages(header).map(({ tag }) => tag);
  assert.deepEqual(tags("fr-CH, fr;q=0.9, en;q=0.8, de;q=0, *;q=0.5"), ["fr-ch", "fr", "en"]);
  assert.deepEqual(tags("en;q=0.1, de"), ["de", "en"]);
  assert.deepEqual(tags("de;q=2, ;;, <b>, pt-BR;q=0.5"), ["pt-br"]);
  const visitor = new Visitor({ address: "8.8.8.8", acceptLanguage: "de-AT, de;q=0.9, en;q=0.8" });
  assert.deepEqual(visitor.languages, ["de-at"]);
});

test("a visitor's hash differs by address, agent, day and secret, and repeats within a day", () => {
  const secret = new Uint8Array(32).fill(7);
  const key = visitorKey(secret, 20_000);
  const hash = visitorHash(key, "8.8.8.8", chrome);
  assert.equal(visitorHash(visitorKey(secret, 20_000), "8.8.8.8", chrome), hash);
  const others = [
    visitorHash(key, "8.8.4.4", chrome),
    visitorHash(key, "8.8.8.8", iphone),
    visitorHash(visitorKey(secret, 20_001), "8.8.8.8", chrome),
    visitorHash(visitorKey(new Uint8Array(32), 20_000), "8.8.8.8", chrome),
  ];
  assert.equal(new Set([hash, ...others]).size, 5);
  assert.ok(Number.isSafeInteger(hash) && hash >= 0 && hash < 2 ** 48);
});

test("no header can make a fact throw", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.string(),
      (address, header, other) => {
        const caller = {
          address,
          userAgent: header,
          referrer: other,
          purpose: other,
          acceptLanguage: header,
        };
        const visitor = new Visitor(caller);
        void [visitor.agent, visitor.bot, visitor.country, visitor.languages, visitor.address];
        referrerHost(header);
      },
    ),
  );
});
