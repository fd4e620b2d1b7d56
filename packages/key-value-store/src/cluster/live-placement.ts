/** A configuration as the node's other parts see it: who is asked for what. */
import { keyValueErrors } from "../errors.ts";
import type { Placement } from "../node/ports.ts";
import { endsOf, livingMembers, namesGone, type Configuration } from "./configuration.ts";
import type { Layout } from "./layout.ts";

/** What one partition's place is, worked out once per configuration. */
interface Place {
  readonly owners: readonly string[];
  readonly joining: readonly string[];
  readonly quorums: readonly (readonly string[])[];
  readonly since: number;
}

export interface LivePlacement extends Placement {
  /** Goes over to a configuration. O(members); partitions are worked out when they are asked for. */
  readonly use: (configuration: Configuration) => void;
}

/** Before `use()`, there are no members and no partitions. */
export function createLivePlacement(): LivePlacement {
  let configuration: Configuration | undefined;
  let members: string[] = [];
  let zones = new Map<string, string>();
  let places: (Place | undefined)[] = [];
  const layout = (): Layout => {
    if (configuration !== undefined) return configuration.target;
    throw keyValueErrors.quorum_unavailable({ detail: "The node is not a member yet." });
  };
  const placeOf = (partition: number): Place => {
    const known = places[partition];
    if (known !== undefined) return known;
    const place = configuration === undefined ? nowhere : workOut(configuration, partition);
    places[partition] = place;
    return place;
  };
  return {
    get partitions() {
      return configuration?.target.partitions ?? 0;
    },
    partitionOf: (key) => layout().partitionOf(key),
    partitionOfSlot: (slot) => layout().partitionOfSlot(slot),
    get version() {
      return configuration?.version ?? 0;
    },
    get members() {
      return members;
    },
    zoneOf: (member) => zones.get(member) ?? "",
    owners: (partition) => placeOf(partition).owners,
    joining: (partition) => placeOf(partition).joining,
    quorums: (partition) => placeOf(partition).quorums,
    since: (partition) => placeOf(partition).since,
    use(next) {
      configuration = next;
      const living = livingMembers(next);
      members = living.map(({ name }) => name);
      zones = new Map(next.members.map(({ name, zone }) => [name, zone]));
      places = [];
    },
  };
}

const nowhere: Place = Object.freeze({ owners: [], joining: [], quorums: [], since: 0 });

function workOut(configuration: Configuration, partition: number): Place {
  const { before, after } = endsOf(configuration, partition);
  const move = configuration.moves.get(partition);
  if (move === undefined) return { owners: after, joining: [], quorums: [after], since: 0 };
  const [owners, others] = move.phase === "filling" ? [before, after] : [after, before];
  const gone = namesGone(configuration);
  const joining = others.filter((name) => !owners.includes(name) && !gone.has(name));
  const quorums = [before, after].map((group) => votersOf(group, gone));
  return { owners, joining, quorums, since: move.since };
}

/**
 * Without those that will not come back, where a majority of the others still meets
 * every majority of all: of two, the one that is left has each value that was decided.
 */
function votersOf(group: readonly string[], gone: ReadonlySet<string>): readonly string[] {
  const living = group.filter((name) => !gone.has(name));
  const doesMeet = Math.floor(living.length / 2) + 1 >= Math.ceil(group.length / 2);
  return doesMeet && living.length > 0 ? living : group;
}
