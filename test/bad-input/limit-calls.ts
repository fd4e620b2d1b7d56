/** Good and bad calls of the rate limits' routes. */
import type { LimitRoutes } from "@tenfold/rate-limits/contract";
import type { BadCall, Entry } from "./entry.ts";

const name = "address";
/** So wide that no other test meets it. */
const edit = {
  limit: 1_000_000,
  burst: 1_000_000,
  windowSeconds: 60,
  mode: "enforced",
  overrides: [{ values: ["192.0.2.7"], limit: null }],
};
const noRule: BadCall = {
  name: "a rule that there is not",
  params: { name: "none" },
  status: 404,
  code: "limit_rule_unknown",
};

export const limitCalls: Readonly<Record<keyof LimitRoutes, Entry>> = {
  "GET /v1/limits": { good: () => ({}) },
  "PUT /v1/limits/{name}/edit": {
    good: () => ({ params: { name }, body: edit }),
    bad: () => [
      { ...noRule, body: edit },
      {
        name: "an override with more values than the rule counts by",
        params: { name },
        body: { ...edit, overrides: [{ values: ["192.0.2.7", "again"], limit: 5 }] },
        status: 422,
        code: "limit_edit_invalid",
      },
    ],
  },
  "DELETE /v1/limits/{name}/edit": { good: () => ({ params: { name } }), bad: () => [noRule] },
  "POST /v1/limits/{name}/reset": {
    good: () => ({ params: { name }, body: { key: "192.0.2.7" } }),
    bad: () => [{ ...noRule, body: { key: "192.0.2.7" } }],
  },
};
