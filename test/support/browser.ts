/** The system's Chromium, driven by playwright-core; nothing is downloaded. */
import { spawnSync } from "node:child_process";
import { chromium, type Browser, type Page } from "playwright-core";
import { password } from "./app.ts";

const programs = ["chromium", "chromium-browser", "google-chrome"];

function findProgram(): string {
  const found = spawnSync("sh", ["-c", programs.map((name) => `command -v ${name}`).join(" || ")]);
  const path = found.stdout.toString().trim();
  if (path !== "") return path;
  throw new Error("The browser tests need Chromium: sudo apt-get install chromium");
}

/** Starts it without a window, with an empty profile and no connections of its own. */
export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: findProgram(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** What a page complained about: errors in its console, failed scripts, breaches of its policy. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // A refused request is the API's answer, shown by the page itself.
    const expected = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !expected) complaints.push(message.text());
  });
  return complaints;
}

/** Pixels that stick out to the right of the window. */
export async function overflowOf(page: Page): Promise<number> {
  return await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
}

/** A page of the web app, for somebody who has to sign in first. */
export async function openSignedIn(
  browser: Browser,
  url: string,
  email: string,
  options: Parameters<Browser["newPage"]>[0] = {},
): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage(options);
  const complaints = complaintsOf(page);
  await page.goto(url);
  await page.getByLabel("Email address").fill(email);
  await page.locator("input[name=password]").fill(password);
  await page.locator("button[type=submit]").click();
  return { page, complaints };
}
