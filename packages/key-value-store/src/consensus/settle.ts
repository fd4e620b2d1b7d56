/**
 * Brings the registers of a partition that moves to a majority of its new owners.
 *
 *     1  most of the old and most of the new owners name their registers
 *     2  each register is accepted anew, as it is, by a majority of both
 *
 * An owner answers a question of this configuration only once it acts by it, and
 * from then on refuses who acts by the one before. So whatever the old owners alone
 * had chosen is named, and nothing more can be chosen by them alone. May be run by
 * anyone, again and by several at once: it changes no value.
 */
import { hasCode } from "@tenfold/core";
import { nameOf } from "../buffers.ts";
import type { Reply, Request } from "../node/messages.ts";
import type { Voters } from "./poll.ts";
import type { Registers } from "./registers.ts";

export interface SettleDeps {
  readonly registers: Registers;
  /** `undefined` when no answer came in time. May be the asker itself. */
  readonly ask: (
    to: string,
    request: Extract<Request, { kind: "registers" }>,
  ) => Promise<Reply | undefined>;
  /** Old and new owners, as the configuration says now. */
  readonly voters: (partition: number) => Voters;
}

/** True when every register is where it belongs. False: too few answered, try again later. */
export function createSettle({
  registers,
  ask,
  voters,
}: SettleDeps): (partition: number) => Promise<boolean> {
  const list = async (owner: string, partition: number): Promise<Uint8Array[] | undefined> => {
    const names: Uint8Array[] = [];
    for (let after: Uint8Array = new Uint8Array(); ;) {
      const reply = await ask(owner, { kind: "registers", partition, after });
      if (reply?.kind !== "registers") return undefined;
      names.push(...reply.names);
      after = reply.names.at(-1) ?? after;
      if (reply.isWhole) return names;
    }
  };
  return async (partition) => {
    const groups = voters(partition);
    const owners = [...new Set(groups.flat())];
    const lists = new Map<string, Uint8Array[]>();
    await Promise.all(
      owners.map(async (owner) => {
        const names = await list(owner, partition);
        if (names !== undefined) lists.set(owner, names);
      }),
    );
    const isEnough = groups.every(
      (group) => 2 * group.filter((owner) => lists.has(owner)).length > group.length,
    );
    if (groups.length === 0 || !isEnough) return false;
    try {
      for (const register of distinct([...lists.values()].flat())) {
        await registers.change(
          register,
          () => voters(partition),
          (value) => value,
        );
      }
    } catch (error) {
      if (hasCode(error, "quorum_unavailable")) return false;
      throw error;
    }
    return true;
  };
}

function distinct(names: readonly Uint8Array[]): Uint8Array[] {
  const byName = new Map(names.map((name) => [nameOf(name), name]));
  return [...byName.values()];
}
