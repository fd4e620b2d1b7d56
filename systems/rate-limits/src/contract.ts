/** The HTTP contract of the rate limits, for administrators: see, edit, shadow, reset. */
import { Id, routes, Time } from "@tenfold/http/routes";
import { Type, type Static } from "typebox";

const closed = { additionalProperties: false } as const;
const Units = Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 });
const Key = Type.String({ minLength: 0, maxLength: 1_000 });

/** What a rule does: refuse, only count, or nothing at all. */
const Mode = Type.Union([Type.Literal("enforced"), Type.Literal("shadow"), Type.Literal("off")]);

const Override = Type.Object(
  {
    values: Type.Array(Type.String({ maxLength: 300 }), {
      maxItems: 5,
      description: "Values of the rule's `per`, in its order",
    }),
    limit: Type.Union([Units, Type.Null()], { description: "null frees the key" }),
  },
  closed,
);

/** What is changed about a rule as the files have it. What is absent stays. */
export const RuleEdit = Type.Object(
  {
    limit: Type.Optional(Units),
    burst: Type.Optional(Units),
    windowSeconds: Type.Optional(Type.Number({ minimum: 0.001, maximum: 34_560_000 })),
    mode: Type.Optional(Mode),
    overrides: Type.Optional(Type.Array(Override, { maxItems: 1_000 })),
  },
  closed,
);
export type RuleEdit = Static<typeof RuleEdit>;

const Policy = Type.Object({
  algorithm: Type.String(),
  limit: Type.Integer(),
  /** The most that can be granted at once. */
  capacity: Type.Integer(),
  windowSeconds: Type.Number(),
  calendar: Type.Union([Type.String(), Type.Null()]),
  whenUnavailable: Type.String(),
});

export const LimitRule = Type.Object({
  name: Type.String(),
  source: Type.Union([Type.Literal("default"), Type.Literal("file")]),
  /** Of the file it comes from. */
  line: Type.Integer(),
  match: Type.Array(
    Type.Object({ descriptor: Type.String(), patterns: Type.Array(Type.String()) }),
  ),
  per: Type.Array(Type.String()),
  group: Type.Union([Type.String(), Type.Null()]),
  priority: Type.Integer(),
  mode: Mode,
  policy: Policy,
  overrides: Type.Array(Override),
  edit: Type.Union([Type.Object({ edit: RuleEdit, editedBy: Id, editedAt: Time }), Type.Null()]),
  /** Of the process that answers, since it started. */
  counts: Type.Object({
    allowed: Type.Integer(),
    refused: Type.Integer(),
    /** What a shadow rule would have refused. */
    wouldRefuse: Type.Integer(),
  }),
  /** Of the process that answers, of the last minutes. */
  hottest: Type.Array(
    Type.Object({ key: Type.String(), count: Type.Integer(), refused: Type.Integer() }),
  ),
});
export type LimitRule = Static<typeof LimitRule>;

export const LimitRules = Type.Object({
  readAt: Time,
  /** Where counters are kept. */
  store: Type.Union([Type.Literal("memory"), Type.Literal("redis")]),
  /** False while the store does not answer in time and each rule's own policy holds. */
  healthy: Type.Boolean(),
  /** The operator's rules file; null without one. */
  file: Type.Union([Type.String(), Type.Null()]),
  /** What is wrong with the rules file since it was changed; the rules before hold. */
  fileProblem: Type.Union([Type.String(), Type.Null()]),
  items: Type.Array(LimitRule),
});
export type LimitRules = Static<typeof LimitRules>;

const params = Type.Object({ name: Type.String({ minLength: 1, maxLength: 200 }) }, closed);

export const limitRoutes = routes({
  "GET /v1/limits": {
    summary: "The rules in force, what they counted, and their hottest keys (administrators)",
    auth: "admin",
    responses: { 200: LimitRules },
  },
  "PUT /v1/limits/{name}/edit": {
    summary: "Change a rule without touching its file (administrators)",
    description:
      "Replaces an earlier edit of the same rule. Holds in every process within seconds.",
    auth: "admin",
    params,
    body: RuleEdit,
    responses: { 200: LimitRule },
    errors: ["limit_rule_unknown", "limit_edit_invalid"],
  },
  "DELETE /v1/limits/{name}/edit": {
    summary: "Back to what the files say (administrators)",
    auth: "admin",
    params,
    responses: { 204: "text/plain" },
    errors: ["limit_rule_unknown"],
  },
  "POST /v1/limits/{name}/reset": {
    summary: "Forget what one key has used (administrators)",
    auth: "admin",
    params,
    body: Type.Object({ key: Key }, closed),
    responses: { 204: "text/plain" },
    errors: ["limit_rule_unknown"],
  },
});
export type LimitRoutes = typeof limitRoutes;
