/** The API over HTTP, on the real server and a real database. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTestHouse, type TestHouse, type TestReplica } from "./testing.ts";

let house: TestHouse;
let shortener: TestReplica;

before(async () => {
  house = await createTestHouse();
  shortener = await house.replica({
    options: { domains: ["sho.rt"], blockedHosts: ["bad.example"] },
  });
});
after(() => house[Symbol.asyncDispose]());

const page = (name: string): string => `https://example.com/${name}`;

test("a URL is shortened to seven characters, and shortening it again gives the same link", async () => {
  const first = await shortener.api("POST /v1/links", { url: page("same") });
  assert.equal(first.status, 201, JSON.stringify(first.body));
  assert.match(first.body.code, /^[0-9A-Za-z]{7}$/);
  assert.equal(first.body.shortUrl, `https://tenfold.test/${first.body.code}`);
  assert.equal(first.headers.get("etag"), '"1"');
  const again = await shortener.api("POST /v1/links", { url: "HTTPS://Example.com:443/same" });
  assert.equal(again.status, 200);
  assert.equal(again.body.id, first.body.id);
  for (const other of [
    { url: page("same"), reuse: false },
    { url: page("same"), status: 301 },
    { url: page("same"), domain: "sho.rt" },
  ]) {
    assert.equal((await shortener.api("POST /v1/links", other)).status, 201);
  }
  const stranger = await shortener.api(
    "POST /v1/links",
    { url: page("same") },
    { token: "member-2" },
  );
  assert.equal(stranger.status, 201, "another owner gets a link of their own");
});

test("each kind of bad link is refused by its own code, and nothing is stored", async () => {
  const cases: [Record<string, unknown>, number, string][] = [
    [{ url: "not a url" }, 422, "url_invalid"],
    [{ url: "https://exa\u0000mple.com" }, 400, "validation_failed"],
    [{ url: "javascript:alert(1)" }, 422, "url_scheme_refused"],
    [{ url: "https://me:secret@example.com" }, 422, "url_credentials_refused"],
    [{ url: "https://tenfold.test:8443/x" }, 422, "url_loops"],
    [{ url: "https://SHO.RT./x" }, 422, "url_loops"],
    [{ url: "https://www.bad.example" }, 422, "url_blocked"],
    [
      { url: page("x"), rules: [{ when: { country: ["DE"] }, url: "ftp://x.example" }] },
      422,
      "url_scheme_refused",
    ],
    [
      { url: page("x"), rules: [{ when: { address: ["300.0.0.0/8"] }, url: page("y") }] },
      422,
      "address_range_invalid",
    ],
    [
      { url: page("x"), variants: [{ url: "https://bad.example/", weight: 1 }] },
      422,
      "url_blocked",
    ],
    [{ url: page("x"), slug: "Docs" }, 422, "slug_reserved"],
    [{ url: page("x"), slug: "sh1t" }, 422, "slug_refused"],
    [{ url: page("x"), slug: "a b" }, 400, "validation_failed"],
    [{ url: page("x"), domain: "other.example" }, 422, "domain_unknown"],
    [
      { url: page("x"), validFrom: "2030-01-01T00:00:00Z", validUntil: "2029-01-01T00:00:00Z" },
      422,
      "validity_empty",
    ],
    [{ url: page("x"), validUntil: "2029-01-01T23:59:60Z" }, 422, "validity_empty"],
    [{ url: page("x"), maxVisits: 0 }, 400, "validation_failed"],
    [{ url: page("x"), unknown: 1 }, 400, "validation_failed"],
    [{}, 400, "validation_failed"],
  ];
  for (const [body, status, code] of cases) {
    const answer = await shortener.api("POST /v1/links", body, { token: "member-9" });
    assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(body));
  }
  assert.deepEqual(
    (await shortener.api("GET /v1/links", undefined, { token: "member-9" })).body.items,
    [],
  );
});

test("a slug is one link's for ever, and differs by case", async () => {
  const taken = await shortener.api("POST /v1/links", { url: page("slug"), slug: "Spring" });
  assert.equal(taken.body.code, "Spring");
  assert.equal(
    (await shortener.api("POST /v1/links", { url: page("slug2"), slug: "spring" })).status,
    201,
  );
  const again = await shortener.api("POST /v1/links", { url: page("slug"), slug: "Spring" });
  assert.deepEqual([again.status, again.body.code], [409, "slug_taken"]);
  assert.equal(
    (await shortener.api("POST /v1/links", { url: page("slug"), slug: "Spring", domain: "sho.rt" }))
      .status,
    201,
  );
  assert.equal((await shortener.api(`DELETE /v1/links/${taken.body.id}`)).status, 204);
  assert.equal(
    (await shortener.api("POST /v1/links", { url: page("slug"), slug: "Spring" })).status,
    409,
  );
  assert.equal((await shortener.get("/Spring")).status, 404);
});

test("links are listed newest first, searched, filtered by tag, and paged", async () => {
  const token = "member-3";
  for (const name of ["one", "two", "three"]) {
    const body = {
      url: page(name),
      title: `100% ${name}`,
      tags: name === "two" ? ["red", 'b"lue'] : ["red"],
    };
    assert.equal((await shortener.api("POST /v1/links", body, { token })).status, 201);
  }
  const list = async (query: string) =>
    (await shortener.api(`GET /v1/links?${query}`, undefined, { token })).body;
  const names = (body: { items: { url: string }[] }) => body.items.map(({ url }) => url.slice(20));
  const first = await list("limit=2");
  assert.deepEqual(names(first), ["three", "two"]);
  const second = await list(`limit=2&cursor=${first.nextCursor}`);
  assert.deepEqual(names(second), ["one"]);
  assert.equal(second.nextCursor, null);
  assert.deepEqual(names(await list("search=100%25%20TWO")), ["two"]);
  assert.deepEqual(names(await list("search=_")), []);
  assert.deepEqual(names(await list(`tag=${encodeURIComponent('b"lue')}`)), ["two"]);
  assert.equal(
    (await shortener.api("GET /v1/links?cursor=xyz", undefined, { token })).body.code,
    "cursor_invalid",
  );
});

test("a change keeps what it does not name, clears with null, and minds If-Match", async () => {
  const { body: link } = await shortener.api("POST /v1/links", {
    url: page("patch"),
    title: "T",
    maxVisits: 5,
    reuse: false,
  });
  const path = `/v1/links/${link.id}`;
  const changed = await shortener.api(`PATCH ${path}`, { maxVisits: null, tags: ["x"] });
  assert.deepEqual(
    [changed.body.title, changed.body.maxVisits, changed.body.tags, changed.body.version],
    ["T", null, ["x"], 2],
  );
  const old = await shortener.api(
    `PATCH ${path}`,
    { title: "Z" },
    { headers: { "if-match": '"1"' } },
  );
  assert.deepEqual([old.status, old.body.code], [412, "precondition_failed"]);
  assert.equal(
    (await shortener.api(`PATCH ${path}`, { title: "Z" }, { headers: { "if-match": '"2"' } }))
      .status,
    200,
  );
  assert.equal(
    (await shortener.api(`DELETE ${path}`, undefined, { headers: { "if-match": '"2"' } })).status,
    412,
  );
  assert.equal((await shortener.api(`PATCH ${path}`, { url: "ftp://x" })).status, 422);
});

test("another owner's link is not there, whatever one does with it", async () => {
  const { body: link } = await shortener.api("POST /v1/links", { url: page("mine") });
  const other = { token: "member-2" };
  for (const [call, body] of [
    [`GET /v1/links/${link.id}`],
    [`PATCH /v1/links/${link.id}`, { title: "x" }],
    [`DELETE /v1/links/${link.id}`],
    [`GET /v1/links/${link.id}/clicks`],
    [`GET /v1/links/${link.id}/qr`],
    ["GET /v1/links/8000000000000000007"],
  ] as const) {
    const answer = await shortener.api(call, body, other);
    assert.deepEqual([answer.status, answer.body.code], [404, "link_not_found"], call);
  }
  assert.equal((await shortener.api(`PUT /v1/links/${link.id}/ban`, {}, other)).status, 403);
});

test("a bulk create answers each item by itself, in order", async () => {
  const token = "member-4";
  const items = [
    { url: page("b1") },
    { url: "nope" },
    { url: page("b1") },
    { url: page("b2"), slug: "bulk-b2" },
    { url: page("b3"), slug: "bulk-b2" },
    7,
    { url: page("b4"), color: "red" },
  ];
  const { status, body } = await shortener.api("POST /v1/links/bulk", { items }, { token });
  assert.equal(status, 200);
  assert.deepEqual(
    body.items.map(
      (item: { status: string; error?: { code: string } }) => item.error?.code ?? item.status,
    ),
    [
      "created",
      "url_invalid",
      "reused",
      "created",
      "slug_taken",
      "validation_failed",
      "validation_failed",
    ],
  );
  assert.deepEqual([body.created, body.reused, body.failed], [2, 1, 4]);
  assert.equal(body.items[2].id, body.items[0].id);
});

test("links go out as CSV and come back, and no cell is a formula", async () => {
  const token = "member-5";
  const csv =
    'url,title,tags,status\r\nhttps://example.com/a,=1+1,x;y,301\r\nhttps://example.com/b,"a ""b"", c",,\r\nbroken,,,\r\n';
  const type = { headers: { "content-type": "text/csv" }, token };
  const imported = await shortener.api("POST /v1/links/import", csv, type);
  assert.deepEqual(
    [imported.body.created, imported.body.failed],
    [2, 1],
    JSON.stringify(imported.body),
  );
  const exported = await shortener.api("GET /v1/links/export", undefined, { token });
  assert.match(exported.headers.get("content-type") ?? "", /^text\/csv/);
  assert.match(exported.body, /,'=1\+1,x;y,301,/);
  const back = await shortener.api(
    "POST /v1/links/import",
    exported.body.replaceAll(",slug,", ",createdAt_,").replace("createdAt_", "state_"),
    type,
  );
  assert.equal(back.body.code, "csv_invalid");
  const titles = (await shortener.api("GET /v1/links", undefined, { token })).body.items.map(
    (link: { title: string }) => link.title,
  );
  assert.deepEqual(titles, ['a "b", c', "=1+1"]);
  assert.equal(
    (await shortener.api("POST /v1/links/import", "title\r\nx", type)).body.code,
    "csv_invalid",
  );
  assert.equal(
    (await shortener.api("POST /v1/links/import", 'url\r\n"open', type)).body.code,
    "csv_invalid",
  );
});

test("a report reaches the queue; banning from it closes every report of the link", async () => {
  const { body: link } = await shortener.api("POST /v1/links", { url: page("evil") });
  const report = { link: `${link.shortUrl}`, reason: "phishing", comment: "asks for my bank" };
  assert.equal((await shortener.api("POST /v1/reports", report)).status, 202);
  assert.equal(
    (await shortener.api("POST /v1/reports", { link: link.code, reason: "spam" })).status,
    202,
  );
  assert.equal(
    (
      await shortener.api("POST /v1/reports", {
        link: "https://elsewhere.example/x",
        reason: "spam",
      })
    ).status,
    404,
  );
  const admin = { token: "admin-1" };
  const open = (await shortener.api("GET /v1/reports?state=open", undefined, admin)).body.items;
  assert.equal(open.length, 2);
  const closed = await shortener.api(`PATCH /v1/reports/${open[0].id}`, { state: "banned" }, admin);
  assert.deepEqual([closed.body.state, closed.body.linkState], ["banned", "banned"]);
  assert.deepEqual(
    (await shortener.api("GET /v1/reports?state=open", undefined, admin)).body.items,
    [],
  );
  assert.equal((await shortener.get(`/${link.code}`)).status, 451);
  assert.equal(
    (await shortener.api(`DELETE /v1/links/${link.id}/ban`, undefined, admin)).status,
    200,
  );
  assert.equal((await shortener.get(`/${link.code}`)).status, 302);
  assert.equal(
    (await shortener.api("PATCH /v1/reports/1", { state: "banned" }, admin)).body.code,
    "report_not_found",
  );
});

test("a banned host takes its links and its subdomains' along, and refuses new ones", async () => {
  const { body: link } = await shortener.api("POST /v1/links", { url: "https://a.evil.example/x" });
  assert.equal((await shortener.get(`/${link.code}`)).status, 302);
  const admin = { token: "admin-1" };
  assert.equal(
    (await shortener.api("PUT /v1/banned-hosts/Evil.Example", { reason: "malware" }, admin)).body
      .host,
    "evil.example",
  );
  assert.equal((await shortener.get(`/${link.code}`)).status, 451);
  assert.equal((await shortener.api(`GET /v1/links/${link.id}`)).body.state, "banned");
  assert.equal(
    (await shortener.api("POST /v1/links", { url: "https://evil.example" })).body.code,
    "url_blocked",
  );
  assert.equal(
    (await shortener.api("GET /v1/banned-hosts", undefined, admin)).body.items.length,
    1,
  );
  assert.equal(
    (await shortener.api("PUT /v1/banned-hosts/tenfold.test", {}, admin)).body.code,
    "host_invalid",
  );
  assert.equal(
    (await shortener.api("DELETE /v1/banned-hosts/evil.example", undefined, admin)).status,
    204,
  );
  assert.equal(
    (await shortener.api("DELETE /v1/banned-hosts/evil.example", undefined, admin)).body.code,
    "host_not_banned",
  );
  assert.equal((await shortener.get(`/${link.code}`)).status, 302);
});

test("QR codes, click series and domains are there", async () => {
  const { body: link } = await shortener.api("POST /v1/links", { url: page("qr") });
  const svg = await shortener.api(`GET /v1/links/${link.id}/qr`);
  assert.match(svg.body, /^<svg|^<\?xml/);
  const png = await shortener.get(`/v1/links/${link.id}/qr?format=png&size=128`, {
    headers: { authorization: "Bearer member-1" },
  });
  assert.equal(png.headers.get("content-type"), "image/png");
  const series = await shortener.api(`GET /v1/links/${link.id}/clicks?by=country`);
  assert.equal(series.status, 200);
  assert.deepEqual((await shortener.api("GET /v1/link-domains")).body.items, [
    "tenfold.test",
    "sho.rt",
  ]);
});

test("a link without a title asks for one in the background", async () => {
  shortener.enqueued.length = 0;
  await shortener.api("POST /v1/links", { url: page("untitled") });
  await shortener.api("POST /v1/links", { url: page("titled"), title: "Mine" });
  assert.deepEqual(
    shortener.enqueued.map(({ name }) => name),
    ["url-shortener.fetch-titles"],
  );
});
