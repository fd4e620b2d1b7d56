/** The hashing page in a real browser: members come and go, and what moves is seen. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { startTestApp, type TestApp } from "./support/app.ts";
import { launchBrowser, openSignedIn, overflowOf } from "./support/browser.ts";

let platform: TestApp;
let browser: Browser;
before(async () => {
  [platform, browser] = await Promise.all([startTestApp(), launchBrowser()]);
  await platform.person("ada@example.org");
});
after(async () => {
  await browser?.close();
  await platform?.[Symbol.asyncDispose]();
});

async function openPage(options: Parameters<Browser["newPage"]>[0] = {}) {
  const url = `${platform.url}/app/hashing`;
  const opened = await openSignedIn(browser, url, "ada@example.org", options);
  const { page } = opened;
  await page.getByRole("button", { name: "Add a member" }).waitFor();
  return opened;
}

/** The text of one row of the moves, by its way of dividing. */
const movedBy = (page: Page, name: string): Promise<string | null> =>
  page.locator(".hashing-move", { hasText: name }).locator(".hashing-share").textContent();

test("a member that comes is drawn, and the partition table moves exactly its part", async () => {
  const { page, complaints } = await openPage();
  await page.getByRole("img", { name: /^A ring of \d+ arcs for 4 members/ }).waitFor();
  await page.getByRole("button", { name: "Add a member" }).click();
  await page.getByRole("img", { name: /^A ring of \d+ arcs for 5 members/ }).waitFor();
  await page.getByText("s4 came.").waitFor();
  assert.match((await movedBy(page, "Partition table")) ?? "", /^20\.0\s?%$/);
  assert.ok(Number.parseFloat((await movedBy(page, "hash mod n")) ?? "") > 70);

  await page.getByText("Partition table", { exact: true }).first().click();
  await page
    .getByRole("img", { name: /16384 partitions for 5 members, of which 3276 moved/ })
    .waitFor();
  await page.getByRole("button", { name: "Remove s1" }).click();
  await page.getByRole("img", { name: /for 4 members, of which 3277 moved/ }).waitFor();
  await page.getByRole("button", { name: "Raise the weight of s0" }).click();
  await page.getByText("s0 weighs 2 now.").waitFor();
  assert.deepEqual(complaints, []);
  await page.close();
});

test("any key can be looked up, and virtual nodes even out the ring", async () => {
  const { page, complaints } = await openPage();
  const loads = page.getByText(/^Busiest [\d.]+ × its part/);
  const busiest = async (): Promise<number> =>
    Number(/[\d.]+/.exec((await loads.textContent()) ?? "")?.[0]);
  await page.getByText("1", { exact: true }).first().click();
  const uneven = await busiest();
  await page.getByText("640", { exact: true }).first().click();
  assert.ok((await busiest()) < uneven);
  await page.getByLabel("Look up a key").fill("{user:7}:inbox");
  await page.getByText(/^s\d, then s\d, s\d\.$/).waitFor();
  assert.deepEqual(complaints, []);
  await page.close();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`the page fits a phone and complains about nothing, ${colorScheme}`, async () => {
    const { page, complaints } = await openPage({
      colorScheme,
      viewport: { width: 390, height: 844 },
    });
    const add = page.getByRole("button", { name: "Add a member" });
    while (await add.isEnabled()) await add.click();
    assert.equal(await page.getByRole("button", { name: /^Remove/ }).count(), 12);
    assert.equal(await overflowOf(page), 0);
    assert.deepEqual(complaints, []);
    await page.close();
  });
}
