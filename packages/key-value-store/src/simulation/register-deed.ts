/** What clients do to a linearizable register: GET, SET, DEL, compare-and-set, INCR. */
import type { ChangeOf } from "../consensus/registers.ts";
import { applyDeed, type Operation, type RegisterDeed } from "../testing/linearizability.ts";
import { nameOfBytes, placeOf, type Caller } from "./caller.ts";
import type { Deed, DeedDeps } from "./deeds.ts";

/** Operations on one register at most, so that every history can be judged in a moment. */
const OPERATIONS_MAX = 60;

/** Does one deed and notes what was answered and when. */
export function createRegisterDeed({ caller, record }: DeedDeps): Deed {
  return async (number) => {
    for (let life = 0; ; life++) {
      const key = `register ${number}.${life}`;
      const history = record.registers.get(key) ?? [];
      record.registers.set(key, history);
      if (history.length >= OPERATIONS_MAX) continue;
      await operate({ caller, key, history }, drawDeed(caller));
      if (history.at(-1)?.answered !== undefined) record.acknowledged += 1;
      return;
    }
  };
}

/** One operation, with its place in the history from its call on. */
export async function operate(
  { caller, key, history }: { caller: Caller; key: string; history: Operation[] },
  deed: RegisterDeed,
): Promise<void> {
  const { world, cluster } = caller;
  const place = placeOf(cluster, key);
  const at = history.push({ deed, calledMs: world.now() }) - 1;
  const text = JSON.stringify(deed);
  world.note(`${key}: ${text}`);
  const before = await caller.call(async ({ registers }) =>
    deed.kind === "get"
      ? { value: await registers.read(place) }
      : { value: (await registers.change(place, changeOf(deed))).before },
  );
  const value = before?.value && nameOfBytes(before.value);
  world.note(`${key}: ${text}: ${before === undefined ? "no answer" : (value ?? "absent")}`);
  const [operation] = history.slice(at);
  if (before === undefined || operation === undefined) return;
  const { outcome } = applyDeed(deed, value);
  history[at] = { ...operation, answered: { atMs: world.now(), outcome } };
}

function drawDeed({ world: { random } }: Caller): RegisterDeed {
  const small = (): string => String(random.below(3));
  const kind = random.below(8);
  if (kind < 2) return { kind: "increment", by: 1 };
  if (kind === 2) return { kind: "set", value: small() };
  if (kind === 3) return { kind: "compare-and-set", from: small(), to: small() };
  if (kind === 4) return { kind: "compare-and-set", from: undefined, to: small() };
  if (kind === 5) return { kind: "set", value: undefined };
  return { kind: "get" };
}

function changeOf(deed: RegisterDeed): ChangeOf {
  return (held) => {
    const before = held && nameOfBytes(held);
    const after = applyDeed(deed, before).value;
    if (after === before) return held;
    return after === undefined ? undefined : Buffer.from(after);
  };
}
