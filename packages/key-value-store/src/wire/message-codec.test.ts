import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Cell, Vector } from "../cell.ts";
import { compareDots } from "../cell.ts";
import type { ElementEdit, HeadEdit } from "../node/edit.ts";
import type { Message, Reply, Request } from "../node/messages.ts";
import type { Payload } from "../payload.ts";
import { encodeCell } from "../record.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { list, uint, union } from "./codec.ts";
import { decodeMessage, encodeMessage } from "./message-codec.ts";

const number = fc.maxSafeNat();
const actor = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
const text = fc.string({ unit: "grapheme", maxLength: 20 });
const vector: fc.Arbitrary<Vector> = fc
  .uniqueArray(fc.tuple(actor, number), { maxLength: 4, selector: ([name]) => name })
  .map((entries) => new Map(entries.sort(([one], [other]) => one - other)));
const payload: fc.Arbitrary<Payload> = fc.oneof(
  fc.constant({ kind: "removed" } as const),
  bytes.map((value) => ({ kind: "value", bytes: value }) as const),
  fc
    .tuple(bytes, fc.integer({ min: 0, max: 2 ** 48 - 1 }))
    .map(([value, expiresMs]) => ({ kind: "value", bytes: value, expiresMs }) as const),
  fc
    .tuple(fc.constantFrom("hash", "set", "zset"), vector)
    .map(([type, floor]) => ({ kind: "collection", type, floor }) as const),
  fc.double({ noNaN: true }).map((score) => ({ kind: "score", score }) as const),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }).map((sum) => ({ kind: "count", sum }) as const),
);
const cell: fc.Arbitrary<Cell> = fc
  .tuple(vector, fc.array(payload, { maxLength: 3 }))
  .map(([clock, payloads]) => {
    const entries = [...clock];
    const versions = payloads.slice(0, entries.length).flatMap((each, at) => {
      const entry = entries[at];
      return entry === undefined ? [] : [{ actor: entry[0], counter: entry[1], payload: each }];
    });
    return { clock, versions: versions.sort(compareDots) };
  });
/** What is received has its record with it. */
const placed = fc
  .record({ place: bytes, cell })
  .map((each) => ({ ...each, record: encodeCell(each.cell) }));
const dot = fc.record({ actor, counter: number });
const hash = fc.tuple(number, number);
const ballot = fc.record({ counter: number, proposer: number });
const rumour = fc.record({
  name: text,
  incarnation: number,
  state: fc.constantFrom("up", "suspect", "down"),
});
const rumours = fc.array(rumour, { maxLength: 3 });
const kind = <Kind extends string>(name: Kind): fc.Arbitrary<Kind> => fc.constant(name);

const double = fc.double({ noNaN: true });
const by = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n });
const durability = fc.constantFrom("memory", "disk");
const presence = fc.constantFrom("always", "if-absent", "if-present");
const wantsString = fc.boolean();
const expiry = fc.oneof(
  fc.record({ kind: fc.constantFrom("keep", "clear") }),
  fc.record({ kind: kind("at"), atMs: double }),
);

const headEdits: { [Kind in HeadEdit["kind"]]: fc.Arbitrary<Extract<HeadEdit, { kind: Kind }>> } = {
  set: fc.record({ kind: kind("set"), bytes, expiry, when: presence, wantsString }),
  remove: fc.record({ kind: kind("remove"), wantsString }),
  expire: fc.record({
    kind: kind("expire"),
    expiry,
    when: fc.constantFrom("always", "if-persistent", "if-volatile", "if-later", "if-earlier"),
    wantsString,
  }),
  add: fc.record({ kind: kind("add"), by }),
  "add-float": fc.record({ kind: kind("add-float"), by: double }),
  open: fc.record({ kind: kind("open"), type: fc.constantFrom("hash", "set", "zset") }),
  expect: fc.record({ kind: kind("expect"), type: fc.constantFrom("hash", "set", "zset") }),
  any: fc.record({ kind: kind("any") }),
  end: fc.record({ kind: kind("end") }),
  version: fc.record({ kind: kind("version"), payload, context: vector, siblingsMax: number }),
};

const elementEdits: {
  [Kind in ElementEdit["kind"]]: fc.Arbitrary<Extract<ElementEdit, { kind: Kind }>>;
} = {
  put: fc.record({ kind: kind("put"), bytes, when: fc.constantFrom("always", "if-absent") }),
  remove: fc.record({ kind: kind("remove") }),
  add: fc.record({ kind: kind("add"), by }),
  "add-float": fc.record({ kind: kind("add-float"), by: double }),
  score: fc.record({
    kind: kind("score"),
    score: double,
    change: fc.constantFrom("set", "increment"),
    when: presence,
    only: fc.constantFrom("any", "greater", "less"),
  }),
};

/** An arbitrary of every kind: a kind that is missing here does not compile. */
const requests: {
  [Kind in Request["kind"]]: fc.Arbitrary<Extract<Request, { kind: Kind }>>;
} = {
  ping: fc.record({ kind: kind("ping"), rumours }),
  probe: fc.record({ kind: kind("probe"), target: text }),
  configuration: fc.record({ kind: kind("configuration"), above: number }),
  join: fc.record({
    kind: kind("join"),
    member: fc.record({
      name: text,
      id: number,
      address: text,
      clientAddress: text,
      zone: text,
      weight: fc.double({ noNaN: true }),
      state: fc.constantFrom("joining", "member", "leaving", "removed"),
    }),
  }),
  report: fc.record({
    kind: kind("report"),
    filled: fc.array(number),
    held: number,
    version: number,
  }),
  "take-over": fc.record({ kind: kind("take-over"), partition: number }),
  pull: fc.record({ kind: kind("pull"), partition: number, after: bytes }),
  roots: fc.record({ kind: kind("roots"), partitions: fc.array(number) }),
  summary: fc.record({ kind: kind("summary") }),
  hashes: fc.record({ kind: kind("hashes"), partition: number, level: number, index: number }),
  leaf: fc.record({
    kind: kind("leaf"),
    partition: number,
    from: bytes,
    to: bytes,
    held: fc.array(fc.record({ place: bytes, dots: fc.array(dot, { maxLength: 3 }) })),
  }),
  read: fc.record({ kind: kind("read"), place: bytes }),
  confirm: fc.record({ kind: kind("confirm"), place: bytes, dot }),
  merge: fc.record({ kind: kind("merge"), placed }),
  hint: fc.record({ kind: kind("hint"), target: text, place: bytes, cell }),
  write: fc.record({
    kind: kind("write"),
    place: bytes,
    command: fc.oneof(
      fc.record({
        kind: kind("put"),
        payload,
        context: fc.oneof(fc.constant("held" as const), vector),
      }),
      fc.record({ kind: kind("add"), by: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }) }),
    ),
    writeQuorum: number,
  }),
  survey: fc.record({ kind: kind("survey"), places: fc.array(bytes) }),
  "merge-all": fc.record({
    kind: kind("merge-all"),
    cells: fc.array(placed, { maxLength: 3 }),
    durability,
  }),
  page: fc.record({
    kind: kind("page"),
    range: fc.record({ from: bytes, to: bytes, limit: number, reverse: fc.boolean() }),
  }),
  heads: fc.record({ kind: kind("heads"), from: bytes, limit: number }),
  edit: fc.record({
    kind: kind("edit"),
    request: fc.record({
      edit: fc.record({
        place: bytes,
        edit: fc.oneof(...Object.values(headEdits)),
        elements: fc.array(
          fc.record({ place: bytes, edit: fc.oneof(...Object.values(elementEdits)) }),
          { maxLength: 3 },
        ),
        nowMs: double,
      }),
      readQuorum: number,
      writeQuorum: number,
      durability,
    }),
  }),
  prepare: fc.record({ kind: kind("prepare"), register: bytes, ballot }),
  accept: fc.record({
    kind: kind("accept"),
    register: bytes,
    ballot,
    value: bytes,
    next: fc.option(ballot, { nil: undefined }),
  }),
  inspect: fc.record({ kind: kind("inspect"), register: bytes }),
  registers: fc.record({ kind: kind("registers"), partition: number, after: bytes }),
};

const replies: { [Kind in Reply["kind"]]: fc.Arbitrary<Extract<Reply, { kind: Kind }>> } = {
  done: fc.record({ kind: kind("done") }),
  refused: fc.record({ kind: kind("refused") }),
  stale: fc.record({ kind: kind("stale") }),
  rumours: fc.record({ kind: kind("rumours"), rumours }),
  configuration: fc.record({ kind: kind("configuration"), bytes }),
  pulled: fc.record({
    kind: kind("pulled"),
    cells: fc.array(placed, { maxLength: 3 }),
    bytes: number,
  }),
  summary: fc.record({
    kind: kind("summary"),
    groups: fc.array(fc.record({ group: number, content: hash, known: number }), { maxLength: 3 }),
  }),
  roots: fc.record({
    kind: kind("roots"),
    roots: fc.array(fc.record({ hash, knowledge: vector }), { maxLength: 3 }),
  }),
  hashes: fc.record({
    kind: kind("hashes"),
    hashes: fc.array(hash),
    knowledge: vector,
    holder: number,
  }),
  cells: fc.record({
    kind: kind("cells"),
    cells: fc.array(placed, { maxLength: 3 }),
    next: bytes,
    holder: number,
  }),
  cell: fc.record({ kind: kind("cell"), cell, knowledge: vector }),
  survey: fc.record({
    kind: kind("survey"),
    cells: fc.array(cell, { maxLength: 3 }),
    knowledge: vector,
    told: vector,
  }),
  page: fc.record({
    kind: kind("page"),
    cells: fc.array(placed, { maxLength: 3 }),
    isWhole: fc.boolean(),
    knowledge: vector,
  }),
  edited: fc.record({
    kind: kind("edited"),
    outcome: fc.oneof(
      fc.record({
        kind: kind("edited"),
        before: fc.array(cell, { maxLength: 2 }),
        after: fc.array(cell, { maxLength: 2 }),
      }),
      fc.record({
        kind: kind("refused"),
        code: fc.constantFrom(
          "wrong_type",
          "not_an_integer",
          "increment_overflow",
          "not_a_float",
          "too_many_siblings",
          "elements_asked",
        ),
      }),
    ),
  }),
  registers: fc.record({
    kind: kind("registers"),
    names: fc.array(bytes),
    isWhole: fc.boolean(),
  }),
  vote: fc.record({
    kind: kind("vote"),
    isGranted: fc.boolean(),
    promised: ballot,
    accepted: fc.option(fc.record({ ballot, value: bytes }), { nil: undefined }),
  }),
};

const message: fc.Arbitrary<Message> = fc.record({
  boot: number,
  id: number,
  stamp: number,
  version: number,
  body: fc.oneof(
    fc.record({ kind: kind("request"), request: fc.oneof(...Object.values(requests)) }),
    fc.record({ kind: kind("reply"), reply: fc.oneof(...Object.values(replies)) }),
  ),
});

/** The same whether bytes are a `Buffer` or a plain array. */
const plain = (value: Message): string =>
  JSON.stringify(value, (_, each: unknown) => {
    if (each instanceof Map) return [...each];
    // A buffer has been made into this by its own `toJSON`.
    if (each instanceof Uint8Array) return { type: "Buffer", data: [...each] };
    return typeof each === "bigint" ? `${each}n` : each;
  });

test("every message is read as it was written", () => {
  fc.assert(
    fc.property(message, (sent) => {
      const received = decodeMessage(encodeMessage(sent));
      assert.ok(received !== undefined);
      assert.equal(plain(received), plain(sent));
    }),
    { numRuns: 500 },
  );
});

test("what is cut short, longer, or damaged in any byte is never a crash, and mostly nothing", () => {
  fc.assert(
    fc.property(message, fc.nat(), fc.integer({ min: 1, max: 255 }), (sent, where, flip) => {
      const whole = encodeMessage(sent);
      assert.equal(decodeMessage(whole.subarray(0, where % whole.length)), undefined);
      assert.equal(decodeMessage(Buffer.concat([whole, Buffer.of(flip)])), undefined);
      const damaged = Buffer.from(whole);
      damaged[where % whole.length] = (damaged[where % whole.length] ?? 0) ^ flip;
      decodeMessage(damaged);
    }),
    { numRuns: 500 },
  );
});

test("random bytes are never a crash", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      decodeMessage(Buffer.from(noise));
    }),
    { numRuns: 2_000 },
  );
});

test("a list that claims to be longer than what came is refused before anything is allocated", () => {
  const writer = new ByteWriter();
  writer.uint(2 ** 40);
  assert.throws(() => list(uint).read(new ByteReader(writer.take())), /is not below/);
});

test("a number of a union is given once", () => {
  type Pet = { readonly kind: "cat" } | { readonly kind: "dog" };
  assert.throws(() => union<Pet>({ cat: [0, {}], dog: [0, {}] }), /two kinds/);
});
