/** What an operator may change about a cluster. Each resolves when it is decided; the moves follow. */
import { keyValueErrors } from "../errors.ts";
import { memberOf, type Configuration } from "./configuration.ts";
import type { History } from "./history.ts";
import { withChanged } from "./transitions.ts";

export interface Operations {
  /** Hands all of a member's partitions to others, then lets it go. */
  readonly drain: (name: string) => Promise<void>;
  /** Lets a member go that will not come back; nobody waits for what only it had. */
  readonly remove: (name: string) => Promise<void>;
  /** Gives a member another share. */
  readonly weigh: (name: string, weight: number) => Promise<void>;
}

/** Each rejects with `member_unknown`, `member_needed`, or `quorum_unavailable` when no majority of voters answers. */
export function createOperations({ propose }: Pick<History, "propose">): Operations {
  const change = async (
    name: string,
    to: Parameters<typeof withChanged>[2],
    check: (configuration: Configuration) => void = () => undefined,
  ): Promise<void> => {
    let isSo = false;
    const isDecided = await propose((current) => {
      const member = memberOf(current, name);
      if (member === undefined) throw keyValueErrors.member_unknown();
      check(current);
      isSo = Object.entries(to).every(([field, value]) =>
        Object.entries(member).some(([key, held]) => key === field && held === value),
      );
      return isSo ? undefined : withChanged(current, name, to);
    });
    if (!isDecided && !isSo) throw keyValueErrors.quorum_unavailable();
  };
  const checkOthers =
    (name: string) =>
    ({ members }: Configuration): void => {
      const staying = members.filter(({ state }) => state === "member" || state === "joining");
      if (staying.every((member) => member.name === name)) throw keyValueErrors.member_needed();
    };
  return {
    drain: (name) => change(name, { state: "leaving" }, checkOthers(name)),
    remove: (name) => change(name, { state: "removed" }, checkOthers(name)),
    weigh: (name, weight) => change(name, { weight }),
  };
}
