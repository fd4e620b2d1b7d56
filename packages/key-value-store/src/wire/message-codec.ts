/**
 * Messages as bytes, a line for each kind. See `codec.ts` for what holds of the numbers.
 */
import type { GroupSum } from "../node/digests.ts";
import type { Dot, Vector } from "../cell.ts";
import { memberStates, type ConfiguredMember } from "../cluster/configuration.ts";
import { lifeStates, type Rumour } from "../cluster/rumours.ts";
import type { Accepted } from "../consensus/acceptor-record.ts";
import type { Ballot } from "../consensus/ballot.ts";
import type { Hash } from "../hash-tree.ts";
import type { Message, Reply, Request, WriteCommand } from "../node/messages.ts";
import type { Range } from "../node/ports.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { cell, dot, payload, placed, vector } from "./cell-codec.ts";
import {
  bigint,
  bytes,
  double,
  flag,
  list,
  mapped,
  oneOf,
  optional,
  pair,
  record,
  text,
  uint,
  union,
  type Codec,
} from "./codec.ts";
import { durability, editOutcome, editRequest } from "./edit-codec.ts";

const hash: Codec<Hash> = pair(uint);
const groupSum = record<GroupSum>({ group: uint, content: hash, known: uint });
const ballot = record<Ballot>({ counter: uint, proposer: uint });
const accepted = record<Accepted>({ ballot, value: bytes });
const rumour = record<Rumour>({ name: text, incarnation: uint, state: oneOf(lifeStates) });
const member = record<ConfiguredMember>({
  name: text,
  id: uint,
  address: text,
  clientAddress: text,
  zone: text,
  weight: double,
  state: oneOf(memberStates),
});

/** `held` is no vector. */
const context: Codec<Vector | "held"> = mapped(optional(vector), {
  to: (value: Vector | "held") => (value === "held" ? undefined : value),
  from: (value) => value ?? "held",
});

const isReverse: Codec<boolean | undefined> = {
  write: (writer, value) => flag.write(writer, value ?? false),
  read: flag.read,
};
const range = record<Range>({ from: bytes, to: bytes, limit: uint, reverse: isReverse });

const command = union<WriteCommand>({
  put: [0, { payload, context }],
  add: [1, { by: bigint }],
});

const request = union<Request>({
  ping: [0, { rumours: list(rumour) }],
  probe: [1, { target: text }],
  configuration: [2, { above: uint }],
  join: [3, { member }],
  report: [4, { filled: list(uint), held: uint, version: uint }],
  "take-over": [5, { partition: uint }],
  pull: [6, { partition: uint, after: bytes }],
  roots: [7, { partitions: list(uint) }],
  summary: [19, {}],
  hashes: [8, { partition: uint, level: uint, index: uint }],
  leaf: [
    9,
    {
      partition: uint,
      from: bytes,
      to: bytes,
      held: list(
        record<{ place: Uint8Array; dots: readonly Dot[] }>({ place: bytes, dots: list(dot) }),
      ),
    },
  ],
  read: [10, { place: bytes }],
  merge: [11, { placed }],
  hint: [12, { target: text, place: bytes, cell }],
  write: [13, { place: bytes, command, writeQuorum: uint }],
  survey: [14, { places: list(bytes) }],
  "merge-all": [15, { cells: list(placed), durability }],
  page: [16, { range }],
  heads: [17, { from: bytes, limit: uint }],
  edit: [18, { request: editRequest }],
  prepare: [20, { register: bytes, ballot }],
  accept: [21, { register: bytes, ballot, value: bytes, next: optional(ballot) }],
  inspect: [22, { register: bytes }],
  registers: [23, { partition: uint, after: bytes }],
  confirm: [24, { place: bytes, dot }],
});

const reply = union<Reply>({
  done: [0, {}],
  refused: [1, {}],
  stale: [2, {}],
  rumours: [3, { rumours: list(rumour) }],
  configuration: [4, { bytes }],
  pulled: [5, { cells: list(placed), bytes: uint }],
  roots: [
    6,
    {
      roots: list(record<{ hash: Hash; knowledge: Vector }>({ hash, knowledge: vector })),
    },
  ],
  summary: [9, { groups: list(groupSum) }],
  hashes: [7, { hashes: list(hash), knowledge: vector, holder: uint }],
  cells: [8, { cells: list(placed), next: bytes, holder: uint }],
  cell: [10, { cell, knowledge: vector }],
  survey: [11, { cells: list(cell), knowledge: vector, told: vector }],
  page: [12, { cells: list(placed), isWhole: flag, knowledge: vector }],
  edited: [13, { outcome: editOutcome }],
  registers: [21, { names: list(bytes), isWhole: flag }],
  vote: [20, { isGranted: flag, promised: ballot, accepted: optional(accepted) }],
});

const message = record<Message>({
  boot: uint,
  id: uint,
  stamp: uint,
  version: uint,
  body: union<Message["body"]>({ request: [0, { request }], reply: [1, { reply }] }),
});

const writer = new ByteWriter();

export function encodeMessage(value: Message): Buffer {
  writer.clear();
  message.write(writer, value);
  return writer.take();
}

/** `undefined` for what no node of a known version would have sent. */
export function decodeMessage(received: Buffer): Message | undefined {
  const reader = new ByteReader(received);
  try {
    const value = message.read(reader);
    return reader.left === 0 ? value : undefined;
  } catch {
    // Damaged, or of a version to come: either way nothing is known of it.
    return undefined;
  }
}
