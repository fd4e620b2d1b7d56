/** The web app in a real browser: a stranger's first five minutes, on a desk and on a phone. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { password, startTestApp, type TestApp } from "./support/app.ts";
import { complaintsOf, launchBrowser, overflowOf } from "./support/browser.ts";

let platform: TestApp;
let browser: Browser;
before(async () => {
  [platform, browser] = await Promise.all([startTestApp(), launchBrowser()]);
});
after(async () => {
  await browser?.close();
  await platform?.[Symbol.asyncDispose]();
});

const email = "ada@example.org";

test("a stranger makes the first account, shortens a URL and follows it", async () => {
  const page = await browser.newPage();
  const complaints = complaintsOf(page);
  await page.goto(platform.url);
  await page.getByLabel("Email address").fill(email);
  await page.locator("input[name=password]").fill(password);
  await page.locator("button[type=submit]").click();

  await page.getByLabel("URL to shorten").fill("https://example.com/a/long/address");
  await page.getByRole("button", { name: "Shorten" }).click();
  const shown = page.locator(`a[href^="${platform.url}/"][target=_blank]`).first();
  await shown.waitFor();
  const shortUrl = (await shown.getAttribute("href")) ?? "";
  const answer = await fetch(shortUrl, { redirect: "manual" });
  assert.equal(answer.headers.get("location"), "https://example.com/a/long/address");

  await page.getByRole("link", { name: "Details" }).click();
  await page.waitForURL(/\/app\/links\/\d+/);
  await page.getByText("example.com/a/long/address").first().waitFor();
  assert.deepEqual(complaints, []);
  await page.close();
});

test("a URL that cannot be shortened is explained beside its field", async () => {
  const { page } = await signIn();
  await page.getByLabel("URL to shorten").fill("javascript:alert(1)");
  await page.getByRole("button", { name: "Shorten" }).click();
  await page.getByText(/http/i).first().waitFor();
  assert.equal(await page.getByLabel("URL to shorten").getAttribute("aria-invalid"), "true");
  await page.close();
});

test("signing out ends the session", async () => {
  const { page } = await signIn();
  const cookies = await page.context().cookies();
  assert.equal(cookies.find(({ name }) => name === "tenfold_session")?.httpOnly, true);
  await page.getByRole("button", { name: "Your account" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  assert.deepEqual(await page.context().cookies(), []);
  await page.close();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`every page fits a phone and complains about nothing, ${colorScheme}`, async () => {
    const { page, complaints } = await signIn({
      colorScheme,
      viewport: { width: 390, height: 844 },
    });
    for (const path of ["links", "settings", "reports", "console", "limits", "report"]) {
      await page.goto(`${platform.url}/app/${path}`);
      await page.locator("h1").first().waitFor();
      assert.equal(await overflowOf(page), 0, path);
    }
    assert.deepEqual(complaints, []);
    await page.close();
  });
}

async function signIn(options: Parameters<Browser["newPage"]>[0] = {}) {
  const page = await browser.newPage(options);
  const complaints = complaintsOf(page);
  await page.goto(`${platform.url}/app/`);
  await page.getByLabel("Email address").fill(email);
  await page.locator("input[name=password]").fill(password);
  await page.locator("button[type=submit]").click();
  await page.getByLabel("URL to shorten").waitFor();
  return { page, complaints };
}
