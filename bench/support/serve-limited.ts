/** The web server with a redirect and a JSON route: `serve-limited.ts on|off`; prints its port. */
import { createService, noMetrics, silentLog, systemClock, systemRandom } from "@tenfold/core";
import { bind, createHttpServer } from "@tenfold/http";
import { routes } from "@tenfold/http/routes";
import { Type } from "typebox";
import { createAdmission } from "../../systems/rate-limits/src/admission.ts";
import { compile, layRules, readRuleTexts } from "../../systems/rate-limits/src/rule-files.ts";
import { createRulebook } from "../../systems/rate-limits/src/rulebook.ts";
import { createTraffic } from "../../systems/rate-limits/src/traffic.ts";
import { memoryLimiter } from "@tenfold/rate-limiter";
import { fileURLToPath } from "node:url";

const table = routes({
  "GET /v1/thing": {
    summary: "",
    auth: "none",
    responses: { 200: Type.Object({ id: Type.String(), name: Type.String() }) },
  },
  "GET /{code}": {
    summary: "",
    auth: "none",
    params: Type.Object({ code: Type.String({ maxLength: 20 }) }),
    responses: { 302: "text/plain" },
  },
});

const server = createHttpServer(
  { log: silentLog, clock: systemClock, random: systemRandom },
  { port: 0 },
);
server.register(
  bind("bench", table, {
    "GET /v1/thing": () => ({ status: 200, body: { id: "1", name: "thing" } }),
    "GET /{code}": ({ params }) => ({
      status: 302,
      headers: { location: `https://example.com/${params.code}` },
    }),
  }),
);
if (process.argv[2] === "on") {
  // The shipped rules by name, so wide that nobody is refused: what is measured is deciding.
  const loose = fileURLToPath(new URL("../../test/support/loose-limits.yaml", import.meta.url));
  const rulebook = createRulebook(
    { log: silentLog, compile },
    layRules(await readRuleTexts(loose), loose),
  );
  const local = memoryLimiter();
  server.setLimiter(
    createAdmission({
      rules: () => rulebook.compiled,
      limiter: local,
      quickLimiter: local,
      quickRoutes: new Set(["GET /{code}"]),
      local,
      traffic: createTraffic({ clock: systemClock, metrics: noMetrics }),
    }),
  );
}
const running = createService({ start: () => server.start(), stop: () => server.stop() });
await running.start();
process.stdout.write(`${server.port}\n`);
process.on("SIGTERM", () => void running.stop());
