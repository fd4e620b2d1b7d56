/** The whole platform as a person meets it: sign up, shorten, follow, look at the clicks. */
import { after, before } from "node:test";
import { startTestApp, type TestApp } from "./support/app.ts";
import { scenarioTests } from "./support/scenarios.ts";

let platform: TestApp;
before(async () => {
  platform = await startTestApp();
});
after(() => platform[Symbol.asyncDispose]());

scenarioTests(() => platform);
