/** What owners are asked to do with the cells of a key, and what came of it. */
import type { ExpiryChange } from "../keyspace.ts";
import type {
  Durability,
  EditOutcome,
  ElementChange,
  ElementEdit,
  HeadEdit,
  KeyEdit,
  Refusal,
} from "../node/edit.ts";
import type { EditRequest } from "../node/messages.ts";
import type { CollectionType } from "../payload.ts";
import { cell, payload, vector } from "./cell-codec.ts";
import {
  bigint,
  bytes,
  double,
  flag,
  list,
  oneOf,
  record,
  uint,
  union,
  type Codec,
} from "./codec.ts";

const collectionType: Codec<CollectionType> = oneOf(["hash", "set", "zset"]);
const presence = oneOf(["always", "if-absent", "if-present"]);

/** Times travel as any number: clients may name one before 1970. */
const expiry = union<ExpiryChange>({ keep: [0, {}], clear: [1, {}], at: [2, { atMs: double }] });

const headEdit = union<HeadEdit>({
  set: [0, { bytes, expiry, when: presence, wantsString: flag }],
  remove: [1, { wantsString: flag }],
  expire: [
    2,
    {
      expiry,
      when: oneOf(["always", "if-persistent", "if-volatile", "if-later", "if-earlier"]),
      wantsString: flag,
    },
  ],
  add: [3, { by: bigint }],
  "add-float": [4, { by: double }],
  open: [5, { type: collectionType }],
  expect: [6, { type: collectionType }],
  any: [7, {}],
  version: [8, { payload, context: vector, siblingsMax: uint }],
  end: [9, {}],
});

const elementEdit = union<ElementEdit>({
  put: [0, { bytes, when: oneOf(["always", "if-absent"]) }],
  remove: [1, {}],
  add: [2, { by: bigint }],
  "add-float": [3, { by: double }],
  score: [
    4,
    {
      score: double,
      change: oneOf(["set", "increment"]),
      when: presence,
      only: oneOf(["any", "greater", "less"]),
    },
  ],
});

export const durability: Codec<Durability> = oneOf(["memory", "disk"]);

export const editRequest: Codec<EditRequest> = record<EditRequest>({
  edit: record<KeyEdit>({
    place: bytes,
    edit: headEdit,
    elements: list(record<ElementChange>({ place: bytes, edit: elementEdit })),
    nowMs: double,
  }),
  readQuorum: uint,
  writeQuorum: uint,
  durability,
});

const refusal: Codec<Refusal> = oneOf([
  "wrong_type",
  "not_an_integer",
  "increment_overflow",
  "not_a_float",
  "too_many_siblings",
  "elements_asked",
]);

export const editOutcome: Codec<EditOutcome> = union<EditOutcome>({
  edited: [0, { before: list(cell), after: list(cell) }],
  refused: [1, { code: refusal }],
});
