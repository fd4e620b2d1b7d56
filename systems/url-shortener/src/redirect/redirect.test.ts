/** Following links over HTTP: every outcome, exactness, and two replicas. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { systemClock } from "@tenfold/core";
import { createTestHouse, type TestHouse, type TestReplica } from "../testing.ts";

let house: TestHouse;
let one: TestReplica;
let two: TestReplica;

before(async () => {
  house = await createTestHouse();
  one = await house.replica({ options: { domains: ["sho.rt"] } });
  two = await house.replica({ options: { domains: ["sho.rt"] } });
});
after(() => house[Symbol.asyncDispose]());

const browser = {
  "user-agent":
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  accept: "text/html,*/*;q=0.8",
};
const iphone = {
  ...browser,
  "user-agent":
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
};

async function make(body: Record<string, unknown>): Promise<{ id: string; code: string }> {
  const answer = await one.api("POST /v1/links", {
    url: "https://example.com/target",
    reuse: false,
    ...body,
  });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body;
}

const visit = (code: string, headers: Record<string, string> = browser, replica = one) =>
  replica.get(`/${code}`, { headers });

test("a link redirects with 302 and may not be kept; 301 may", async () => {
  const plain = await visit((await make({})).code);
  assert.deepEqual(
    [plain.status, plain.headers.get("location"), plain.headers.get("cache-control")],
    [302, "https://example.com/target", "private, max-age=0"],
  );
  for (const status of [301, 307, 308]) {
    const answer = await visit((await make({ status })).code);
    assert.equal(answer.status, status);
    assert.match(
      answer.headers.get("cache-control") ?? "",
      status === 307 ? /^private, max-age=0$/ : /^public, max-age=86340$|^public, max-age=86400$/,
    );
  }
});

test("the Location header is ASCII, whatever the URL was", async () => {
  const { code } = await make({ url: "https://bücher.example/ü?q=日本 x" });
  assert.equal(
    (await visit(code)).headers.get("location"),
    "https://xn--bcher-kva.example/%C3%BC?q=%E6%97%A5%E6%9C%AC%20x",
  );
});

test("HEAD answers as GET does and is not counted", async () => {
  const { code, id } = await make({});
  const head = await one.get(`/${code}`, { method: "HEAD", headers: browser });
  assert.deepEqual(
    [head.status, head.headers.get("location")],
    [302, "https://example.com/target"],
  );
  await visit(code);
  for (let tries = 0; ; tries += 1) {
    const { clicks } = (await one.api(`GET /v1/links/${id}`)).body;
    if (clicks.total === 1) break;
    assert.ok(clicks.total < 1 && tries < 200, `counted ${clicks.total}`);
    await systemClock.sleep(25);
  }
});

test("what cannot be followed says why, as a page or as a problem", async () => {
  const banned = await make({});
  await one.api(`PUT /v1/links/${banned.id}/ban`, {}, { token: "admin-1" });
  const cases: [string, number, string][] = [
    ["nothing", 404, "link_not_found"],
    ["a.b", 404, "link_not_found"],
    ["%2e%2e%2f", 404, "link_not_found"],
    [(await make({ validUntil: "2020-01-01T00:00:00Z" })).code, 410, "link_expired"],
    [(await make({ validFrom: "2090-01-01T00:00:00Z" })).code, 404, "link_not_yet_valid"],
    [banned.code, 451, "link_banned"],
  ];
  for (const [code, status, problem] of cases) {
    const page = await visit(code);
    assert.equal(page.status, status, code);
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
    assert.match(
      page.headers.get("content-security-policy") ?? "",
      /default-src 'none'; style-src 'sha256-/,
    );
    assert.equal(page.headers.get("cache-control"), "no-store");
    assert.match(await page.text(), /<h1>/);
    const json = await one.api(`GET /${code}`);
    assert.deepEqual([json.status, json.body.code], [status, problem]);
  }
});

test("a link stops at its end even while it is in memory", async () => {
  const { code } = await make({ validUntil: new Date(systemClock.now() + 700).toISOString() });
  assert.equal((await visit(code)).status, 302);
  await systemClock.sleep(800);
  assert.equal((await visit(code)).status, 410);
});

test("maxVisits holds exactly under 200 visits at once on two processes", async () => {
  const { code, id } = await make({ maxVisits: 37 });
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) => visit(code, browser, index % 2 === 0 ? one : two)),
  );
  const count = (status: number) => answers.filter((answer) => answer.status === status).length;
  assert.deepEqual([count(302), count(410)], [37, 163]);
  assert.equal((await one.api(`GET /v1/links/${id}`)).body.visits, 37);
  await one.api(`PATCH /v1/links/${id}`, { maxVisits: 38 });
  assert.equal((await visit(code)).status, 302);
  assert.equal((await visit(code)).status, 410);
});

test("robots, prefetches and HEAD use up no visit and learn no target", async () => {
  const { code, id } = await make({ maxVisits: 1 });
  const lookers = [
    await visit(code, { "user-agent": "Slackbot-LinkExpanding 1.0" }),
    await visit(code, { ...browser, "sec-purpose": "prefetch" }),
    await one.get(`/${code}`, { method: "HEAD", headers: browser }),
    await visit(`${code}+`),
  ];
  for (const answer of lookers) {
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("location"), null);
    assert.doesNotMatch(await answer.text(), /example\.com/);
  }
  assert.equal((await one.api(`GET /v1/links/${id}`)).body.visits, 0);
  assert.equal((await visit(code)).status, 302);
  assert.equal((await visit(`${code}+`)).status, 410);
});

test("rules choose by device, language and query; the rest is split by weight", async () => {
  const { code } = await make({
    rules: [
      { when: { device: ["ios"] }, url: "https://example.com/ios" },
      { when: { language: ["de"] }, url: "https://example.com/de" },
      { when: { query: { name: "ref", value: "x" } }, url: "https://example.com/ref" },
    ],
    variants: [
      { url: "https://example.com/a", weight: 1 },
      { url: "https://example.com/b", weight: 1 },
    ],
  });
  const target = async (path: string, headers: Record<string, string>) =>
    (await visit(path, headers)).headers.get("location")?.slice(20);
  assert.equal(await target(code, iphone), "ios");
  assert.equal(await target(code, { ...browser, "accept-language": "de-AT,en;q=0.5" }), "de");
  assert.equal(await target(`${code}?ref=x`, browser), "ref");
  const seen = new Set<string | undefined>();
  for (let draw = 0; draw < 40; draw += 1) seen.add(await target(code, browser));
  assert.deepEqual(seen, new Set(["a", "b"]));
});

test("the caller's query is added when the link says so, and only then", async () => {
  const { code } = await make({ url: "https://example.com/p?a=1&b=2#end", forwardQuery: true });
  assert.equal(
    (await visit(`${code}?b=9&c=%C3%A4`)).headers.get("location"),
    "https://example.com/p?a=1&b=9&c=%C3%A4#end",
  );
  assert.equal(
    (await visit(`${(await make({})).code}?b=9`)).headers.get("location"),
    "https://example.com/target",
  );
});

test("a password is asked for by form, and opens this link alone", async () => {
  const { code } = await make({ password: "open sesame" });
  const { code: other } = await make({ password: "open sesame" });
  const form = await visit(code);
  assert.equal(form.status, 200);
  assert.match(await form.text(), /<form method="post">/);
  assert.equal((await one.api(`GET /${code}`)).body.code, "password_required");

  const post = (password: string, path = code, headers: Record<string, string> = browser) =>
    one.get(`/${path}`, { method: "POST", body: new URLSearchParams({ password }), headers });
  const wrong = await post("open barley");
  assert.equal(wrong.status, 403);
  assert.match(await wrong.text(), /not right/);
  const right = await post("open sesame");
  assert.deepEqual([right.status, right.headers.get("location")], [303, `/${code}`]);
  const setCookie = right.headers.get("set-cookie") ?? "";
  assert.match(setCookie, new RegExp(`Path=/${code}; Max-Age=600; HttpOnly; SameSite=Lax`));
  const cookie = setCookie.split(";", 1)[0] ?? "";
  assert.equal(
    (await visit(code, { ...browser, cookie })).headers.get("location"),
    "https://example.com/target",
  );
  assert.equal((await visit(other, { ...browser, cookie })).status, 200);
  assert.equal((await visit(code, { ...browser, cookie: `${cookie}x` })).status, 200);

  for (let tries = 0; tries < 10; tries += 1) await post("guess");
  const limited = await post("open sesame");
  assert.equal(limited.status, 429);
  assert.equal(limited.headers.get("retry-after"), "600");
});

test("a plus behind the code shows where it leads, as page or JSON, with everything escaped", async () => {
  const { code } = await make({
    url: "https://example.com/?q='<script>",
    title: '<b>Bold & "quoted"</b>',
  });
  const html = await (await visit(`${code}+`)).text();
  assert.match(html, /&#60;b&#62;Bold &#38; &#34;quoted&#34;/);
  assert.doesNotMatch(html, /<script>|<b>/);
  const json = await one.api(`GET /${code}+`);
  assert.deepEqual([json.status, json.body.url], [200, "https://example.com/?q='<script>"]);
  assert.equal((await visit("nothing+")).status, 404);
});

test("an address that tries many unknown codes is slowed down; known links still work", async () => {
  const strict = await house.replica({ options: { missesPerMinuteMax: 5 } });
  const { code } = await make({});
  assert.equal((await visit(code, browser, strict)).status, 302);
  for (let tries = 0; tries < 5; tries += 1)
    assert.equal((await visit(`unknown${tries}`, browser, strict)).status, 404);
  const slowed = await visit("unknown6", browser, strict);
  assert.deepEqual([slowed.status, slowed.headers.get("retry-after")], [429, "60"]);
  assert.equal((await visit(code, browser, strict)).status, 302);
});

test("each short domain has codes of its own, and a foreign host has none", async () => {
  const main = await make({ slug: "same-code", url: "https://example.com/main" });
  await make({ slug: "same-code", url: "https://example.com/short", domain: "sho.rt" });
  // `fetch` sets Host itself, so these go through node:http.
  const { request } = await import("node:http");
  const at = (host: string): Promise<string> =>
    new Promise((resolve, reject) => {
      request(`${one.url}/${main.code}`, { headers: { host } }, (response) => {
        response.resume();
        resolve(`${response.statusCode} ${response.headers.location ?? ""}`);
      })
        .on("error", reject)
        .end();
    });
  assert.equal(await at("tenfold.test"), "302 https://example.com/main");
  assert.equal(await at("SHO.rt:8080"), "302 https://example.com/short");
  assert.equal(await at("localhost"), "302 https://example.com/main");
  assert.equal(await at("attacker.example"), "404 ");
});

test("an edit is obeyed at once by the process that made it", async () => {
  const { code, id } = await make({});
  await visit(code);
  await one.api(`PATCH /v1/links/${id}`, { url: "https://example.com/new" });
  assert.equal((await visit(code)).headers.get("location"), "https://example.com/new");
});

test("a slug that was just answered 404 works as soon as it exists", async () => {
  assert.equal((await visit("soon-there")).status, 404);
  await make({ slug: "soon-there" });
  assert.equal((await visit("soon-there")).status, 302);
});
