/** The store's page in a real browser: nodes come and go, and what they hold is seen. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Redis } from "ioredis";
import type { Browser } from "playwright-core";
import { startTestApp, type Person, type TestApp } from "./support/app.ts";
import { launchBrowser, openSignedIn, overflowOf } from "./support/browser.ts";
import { untilEqual } from "./support/until.ts";

let platform: TestApp;
let browser: Browser;
let ada: Person;
before(async () => {
  [platform, browser] = await Promise.all([startTestApp(), launchBrowser()]);
  ada = await platform.person("ada@example.org");
  const { body } = await ada.api("GET /v1/key-value");
  const redis = new Redis(`redis://${body.address ?? ""}`);
  for (let at = 0; at < 200; at++) await redis.set(`user:${at}`, `name ${at}`);
  await redis.set("the large one", "x".repeat(100_000));
  await redis.sadd("many", ...Array.from({ length: 500 }, (_, at) => `${at}`));
  redis.disconnect();
});
after(async () => {
  await browser?.close();
  await platform?.[Symbol.asyncDispose]();
});

async function openPage(options: Parameters<Browser["newPage"]>[0] = {}) {
  const url = `${platform.url}/app/store`;
  const opened = await openSignedIn(browser, url, "ada@example.org", options);
  const { page } = opened;
  await page.getByRole("list", { name: "Nodes" }).waitFor();
  return opened;
}

test("a node is added, holds its share, is drained and is gone", async () => {
  const { page, complaints } = await openPage();
  await page.getByRole("img", { name: /^A ring of 1024 partitions on 1 nodes/ }).waitFor();
  const nodes = page.getByRole("list", { name: "Nodes" }).getByRole("listitem");
  assert.equal(await nodes.count(), 1);
  await page.getByRole("button", { name: "Add a node" }).click();
  await page.getByRole("img", { name: /on 2 nodes/ }).waitFor();
  // With two nodes each holds all, since there are to be three copies.
  await nodes.nth(1).getByText("1,024 partitions", { exact: false }).waitFor({ timeout: 60_000 });
  const second = (await nodes.nth(1).textContent()) ?? "";
  const name = /^[\w-]+?(?=up|joining)/.exec(second)?.[0] ?? "";
  await page.getByRole("button", { name: `Drain ${name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Drain", exact: true }).click();
  await page.getByRole("img", { name: /on 1 nodes/ }).waitFor({ timeout: 60_000 });
  assert.deepEqual(complaints, []);
  await page.close();
});

test("the largest keys are shown, with their elements, and how many keys there are", async () => {
  const { page, complaints } = await openPage();
  const largest = page.getByRole("list", { name: "Largest" }).getByRole("listitem");
  await largest.first().getByText("the large one").waitFor({ timeout: 30_000 });
  assert.match((await largest.nth(1).textContent()) ?? "", /^many.* in 500$/);
  const keys = async (): Promise<number | undefined> => {
    const { body } = await ada.api("GET /v1/key-value");
    return body.ring?.keys.counted?.keys;
  };
  await untilEqual(keys, 202);
  assert.deepEqual(complaints, []);
  await page.close();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`the page fits a phone and complains about nothing, ${colorScheme}`, async () => {
    const { page, complaints } = await openPage({
      colorScheme,
      viewport: { width: 390, height: 844 },
    });
    await page.getByText("the large one").waitFor();
    assert.equal(await overflowOf(page), 0);
    assert.deepEqual(complaints, []);
    await page.close();
  });
}
