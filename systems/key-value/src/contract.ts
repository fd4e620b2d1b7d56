/** The HTTP contract of the key-value store, for administrators: see the ring, add, drain, remove, repair. */
import { routes, Time } from "@tenfold/http/routes";
import { Type, type Static } from "typebox";

const closed = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });
const Span = Type.Number({ minimum: 0, description: "In ms" });

export const Member = Type.Object({
  name: Type.String(),
  state: Type.Union([
    Type.Literal("up"),
    Type.Literal("suspect"),
    Type.Literal("down"),
    Type.Literal("joining"),
    Type.Literal("leaving"),
  ]),
  zone: Type.String(),
  weight: Type.Number(),
  address: Type.Union([Type.String(), Type.Null()]),
  /** It owns, each counted once per copy. */
  partitions: Count,
  /** Of these, those it is asked first for. */
  firstOf: Count,
  /** Run by the process that answers: it can be drained and removed here. */
  isLocal: Type.Boolean(),
});
export type Member = Static<typeof Member>;

export const Ring = Type.Object({
  /** The node that tells this; others may see it differently for a moment. */
  seenBy: Type.String(),
  state: Type.String(),
  /** Why, where the node takes no writes. */
  reason: Type.Union([Type.String(), Type.Null()]),
  table: Type.Object({
    version: Count,
    partitions: Count,
    copies: Count,
    /** Of keys that begin so. */
    prefixes: Type.Array(Type.Object({ prefix: Type.String(), copies: Count })),
    /** Neighbouring partitions with the same owners, in order. */
    runs: Type.Array(Type.Object({ first: Count, last: Count, owners: Type.Array(Type.String()) })),
  }),
  members: Type.Array(Member),
  moves: Type.Object({ waiting: Count, done: Count, bytes: Count }),
  hints: Type.Array(
    Type.Object({ node: Type.String(), count: Count, oldestMs: Type.Union([Span, Type.Null()]) }),
  ),
  repair: Type.Object({
    /** Partitions whose last comparison found a difference. */
    divergent: Count,
    /** Since the one longest uncompared was compared; null while some never were. */
    lagMs: Type.Union([Span, Type.Null()]),
    comparisons: Count,
    cellsRepaired: Count,
  }),
  keys: Type.Object({
    /** That this node's clients ask for most. */
    hottest: Type.Array(Type.Object({ key: Type.String(), perSecond: Count })),
    /** What this node holds, as of the last time it went through its disk; null before. */
    counted: Type.Union([
      Type.Object({
        keys: Count,
        cells: Count,
        tombstones: Count,
        /** Keys with several concurrent values, and the most that one has. */
        siblings: Count,
        siblingsMax: Count,
        biggest: Type.Array(Type.Object({ key: Type.String(), bytes: Count, elements: Count })),
        ageMs: Span,
      }),
      Type.Null(),
    ]),
  }),
  storage: Type.Object({ bytes: Count, residentBytes: Count }),
});
export type Ring = Static<typeof Ring>;

export const KeyValueStatus = Type.Object({
  readAt: Time,
  /** `local`: nodes in this process; `cluster`: elsewhere; `none`: neither is set up. */
  where: Type.Union([Type.Literal("local"), Type.Literal("cluster"), Type.Literal("none")]),
  /** For Redis clients, `host:port`. */
  address: Type.Union([Type.String(), Type.Null()]),
  nodesMax: Count,
  /** Null when no node answers; `problem` says why. */
  ring: Type.Union([Ring, Type.Null()]),
  problem: Type.Union([Type.String(), Type.Null()]),
});
export type KeyValueStatus = Static<typeof KeyValueStatus>;

const params = Type.Object({ name: Type.String({ minLength: 1, maxLength: 63 }) }, closed);

export const keyValueRoutes = routes({
  "GET /v1/key-value": {
    summary: "The ring: nodes, who owns what, hints and repair (administrators)",
    auth: "admin",
    responses: { 200: KeyValueStatus },
  },
  "POST /v1/key-value/nodes": {
    summary: "Start one more node in this process; data moves to it (administrators)",
    auth: "admin",
    responses: { 201: Type.Object({ name: Type.String() }) },
    errors: ["kv_nodes_elsewhere", "kv_nodes_too_many", "kv_absent"],
  },
  "POST /v1/key-value/nodes/{name}/drain": {
    summary: "Hand what a node of this process holds to the others, then stop it (administrators)",
    description: "Answers when that has begun. The node leaves the ring when all is handed over.",
    auth: "admin",
    params,
    responses: { 202: "text/plain" },
    errors: ["kv_nodes_elsewhere", "kv_node_unknown", "kv_node_needed", "kv_absent"],
  },
  "DELETE /v1/key-value/nodes/{name}": {
    summary: "Stop a node of this process and forget its data; others fill in (administrators)",
    auth: "admin",
    params,
    responses: { 204: "text/plain" },
    errors: ["kv_nodes_elsewhere", "kv_node_unknown", "kv_node_needed", "kv_absent"],
  },
  "POST /v1/key-value/repair": {
    summary: "Compare everything with its other owners now (administrators)",
    description: "Answers when that has begun; the status shows how far it is.",
    auth: "admin",
    responses: { 202: "text/plain" },
    errors: ["kv_absent"],
  },
});
export type KeyValueRoutes = typeof keyValueRoutes;
