/**
 * What clients do to a set: SADD, SREM, DEL and SMEMBERS, and whether the store kept
 * its word. Nothing of its vectors is believed: which removal must have seen which
 * addition, and which may have, follows from when they were called and answered.
 *
 *     addition ═══╗ acknowledged                      ╔═══ removal    must have seen it
 *     addition ═════════════════════════╗        ╔════╝               may have
 *                          removal ═══╝ addition ═════                cannot have
 */
import { elementPlace } from "../cell-key.ts";
import { createKeyspace } from "../keyspace/create-keyspace.ts";
import type { Dot } from "../cell.ts";
import type { KeyEdit } from "../node/edit.ts";
import type { StoreNode } from "../node/node.ts";
import { nameOfBytes, placeOf } from "./caller.ts";
import { START_MS, type Cluster } from "./cluster.ts";
import type { Deed, DeedDeps, Record } from "./deeds.ts";
import { createCensus } from "./holders.ts";

/** An addition, or a removal of one member or of all. */
export interface SetWrite {
  readonly kind: "add" | "remove";
  /** `undefined` is all of them. */
  readonly member: string | undefined;
  readonly calledMs: number;
  /** Absent while the outcome is unknown, and for ever when no answer came. */
  acknowledgedMs?: number;
  /** Whether R owners could not miss it when it was acknowledged. */
  isFirm?: boolean;
  /** What it wrote: of the head, of the element, or of both. */
  written?: readonly { readonly place: Uint8Array; readonly dot: Dot }[];
}

/** Does one deed, and notes what was answered and when. */
export function createSetDeed(deps: DeedDeps): Deed {
  const { record } = deps;
  const { random } = deps.caller.world;
  return async (number, name) => {
    const key = `set ${number}`;
    const writes = record.sets.get(key) ?? [];
    record.sets.set(key, writes);
    const kind = random.below(12);
    if (kind < 3) return read(deps, key, writes);
    // Mostly a new member; sometimes one that others add and remove too.
    const member = kind < 7 ? name : `m${random.below(3)}`;
    const isRemoval = kind > 8;
    return write(deps, key, {
      kind: isRemoval ? "remove" : "add",
      member: kind === 9 ? undefined : member,
      calledMs: deps.caller.world.now(),
    });
  };
}

async function write(
  { caller, record, quorum }: DeedDeps,
  key: string,
  entry: SetWrite,
): Promise<void> {
  const { cluster, world } = caller;
  record.sets.get(key)?.push(entry);
  const text = `${entry.kind} ${entry.member ?? "all"}`;
  world.note(`${key}: ${text}`);
  const edit = editOf(placeOf(cluster, key), entry);
  const outcome = await caller.call((node) =>
    node.edit({ edit, readQuorum: quorum, writeQuorum: quorum, durability: "disk" }),
  );
  world.note(`${key}: ${text}: ${outcome?.kind ?? "no answer"}`);
  if (outcome?.kind !== "edited") return;
  const places = [edit.place, ...edit.elements.map(({ place }) => place)];
  const written = places.flatMap((place, at) => {
    const [was, is] = [outcome.before[at]?.versions.at(-1), outcome.after[at]?.versions.at(-1)];
    const isNew = is?.counter !== was?.counter || is?.actor !== was?.actor;
    return is !== undefined && isNew ? [{ place, dot: is }] : [];
  });
  const holders = written.map(({ place, dot }) => createCensus(cluster, place)(dot));
  record.acknowledged += 1;
  Object.assign(entry, { acknowledgedMs: world.now(), written });
  entry.isFirm = holders.length > 0 && holders.every(({ owners }) => owners >= quorum);
  if (cluster.lostDisks() === 0 && holders.some(({ nodes }) => nodes < quorum)) {
    record.wrong.push(`${key}: ${text}: acknowledged with too few copies on disks`);
  }
}

function editOf(place: Uint8Array, { kind, member }: SetWrite): KeyEdit {
  const rest = { place, nowMs: START_MS };
  if (member === undefined) {
    return { ...rest, edit: { kind: "remove", wantsString: false }, elements: [] };
  }
  const element = elementPlace(place, Buffer.from(member));
  if (kind === "remove") {
    const elements = [{ place: element, edit: { kind: "remove" } as const }];
    return { ...rest, edit: { kind: "expect", type: "set" }, elements };
  }
  const put = { kind: "put", bytes: new Uint8Array(), when: "always" } as const;
  return {
    ...rest,
    edit: { kind: "open", type: "set" },
    elements: [{ place: element, edit: put }],
  };
}

async function read(
  { caller, record, quorum }: DeedDeps,
  key: string,
  writes: readonly SetWrite[],
): Promise<void> {
  const { cluster, world } = caller;
  const readMs = world.now();
  const due = new Set(
    writes.filter(
      ({ isFirm, written = [] }) =>
        isFirm === true &&
        written.every(({ place, dot }) => createCensus(cluster, place)(dot).owners >= quorum),
    ),
  );
  const members = await caller.call((node) => membersOf(node, key));
  world.note(`${key}: members ${members?.join() ?? "no answer"}`);
  if (members === undefined || cluster.lostDisks() > 0) return;
  const wrong = judgeMembers(writes, members, (each) => due.has(each));
  const at = readMs.toFixed(1);
  record.wrong.push(...wrong.map((sentence) => `${key}: read at ${at} ms: ${sentence}`));
}

async function membersOf(node: StoreNode, key: string): Promise<string[]> {
  const { sets } = createKeyspace({ node, now: () => START_MS });
  return (await sets.all(Buffer.from(key))).map(nameOfBytes).sort();
}

/** When all is quiet: every node shows the same members, and they are those that are due. */
export async function judgeSets(cluster: Cluster, record: Record): Promise<string[]> {
  const nodes = cluster.names
    .map((name) => cluster.node(name))
    .filter((node) => node !== undefined);
  const wrong: string[] = [];
  for (const [key, writes] of record.sets) {
    const shown = await Promise.all(nodes.map((node) => membersOf(node, key)));
    const [members = []] = shown;
    const isSame = shown.every((each) => each.join() === members.join());
    if (!isSame) wrong.push(`${key}: nodes show different members`);
    const isDue = ({ acknowledgedMs }: SetWrite): boolean => acknowledgedMs !== undefined;
    const sentences = judgeMembers(writes, members, isDue);
    const isLost = cluster.lostDisks() > 0;
    // A removal may not have seen what only a disk had that is lost.
    const counted = sentences.filter((sentence) => !isLost || !sentence.includes(RISEN));
    wrong.push(...counted.map((sentence) => `${key}: ${sentence}`));
  }
  return wrong;
}

const RISEN = "there again";

/** `isDue`: whether whoever looked must have met the write. */
export function judgeMembers(
  writes: readonly SetWrite[],
  members: readonly string[],
  isDue: (write: SetWrite) => boolean,
): string[] {
  const removals = writes.filter(({ kind }) => kind === "remove");
  const additions = writes.filter(({ kind }) => kind === "add");
  const known = new Set(additions.map(({ member }) => member ?? ""));
  const wrong = members.filter((each) => !known.has(each)).map((each) => `${each}: never added`);
  for (const member of known) {
    const mine = additions.filter((each) => each.member === member);
    const against = removals.filter((each) => each.member === member || each.member === undefined);
    const stays = (addition: SetWrite): boolean =>
      isDue(addition) &&
      !against.some(({ acknowledgedMs = Infinity }) => acknowledgedMs >= addition.calledMs);
    const isGone = ({ acknowledgedMs = Infinity, isFirm }: SetWrite): boolean =>
      isFirm === true && against.some((each) => isDue(each) && each.calledMs >= acknowledgedMs);
    const isShown = members.includes(member);
    if (!isShown && mine.some(stays)) wrong.push(`${member}: acknowledged, and lost`);
    if (isShown && mine.every(isGone)) wrong.push(`${member}: ${RISEN} after a removal`);
  }
  return wrong;
}
