/** Who is there: add, remove, weigh. */
import { ActionIcon, Button, Group, Text } from "@mantine/core";
import { IconMinus, IconPlus, IconTrash } from "@tabler/icons-react";
import type { Dispatch } from "react";
import type { Stats } from "@tenfold/consistent-hashing";
import { colourOf } from "./colours.ts";
import { MEMBERS_MAX, WEIGHT_MAX, type Cluster, type ClusterAction } from "./cluster.ts";

export interface MembersPanelProps {
  cluster: Cluster;
  /** Of what is drawn. */
  stats: Stats;
  dispatch: Dispatch<ClusterAction>;
}

const percent = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });

/** Each with its share as a bar; the line across is what its weight asks for. */
export function MembersPanel({ cluster, stats, dispatch }: MembersPanelProps) {
  const { members } = cluster;
  const shares = new Map(stats.members.map((each) => [each.member, each]));
  const widest = Math.max(...stats.members.map(({ share, expected }) => Math.max(share, expected)));
  return (
    <div>
      <ul className="plain-list hashing-members" aria-label="Members">
        {members.map(({ id, weight, colour }) => {
          const { share = 0, expected = 0 } = shares.get(id) ?? {};
          return (
            <li key={id} className="hashing-member">
              <Text size="sm" fw={600} className="numbers">
                {id}
              </Text>
              <div className="hashing-bar" title={`${percent.format(expected)} by its weight`}>
                <div
                  className="hashing-bar-fill"
                  style={{ width: `${(share / widest) * 100}%`, background: colourOf(colour) }}
                />
                <div
                  className="hashing-bar-expected"
                  style={{ insetInlineStart: `${(expected / widest) * 100}%` }}
                />
              </div>
              <Text size="sm" className="numbers hashing-share">
                {percent.format(share)}
              </Text>
              <Group gap={2} wrap="nowrap">
                <ActionIcon
                  variant="subtle"
                  size="md"
                  aria-label={`Lower the weight of ${id}`}
                  disabled={weight === 1}
                  onClick={() => dispatch({ kind: "weigh", id, weight: weight - 1 })}
                >
                  <IconMinus size={14} />
                </ActionIcon>
                <Text size="sm" className="numbers" w={14} ta="center" title="Weight">
                  {weight}
                </Text>
                <ActionIcon
                  variant="subtle"
                  size="md"
                  aria-label={`Raise the weight of ${id}`}
                  disabled={weight === WEIGHT_MAX}
                  onClick={() => dispatch({ kind: "weigh", id, weight: weight + 1 })}
                >
                  <IconPlus size={14} />
                </ActionIcon>
                <ActionIcon
                  variant="subtle"
                  color="red"
                  size="md"
                  aria-label={`Remove ${id}`}
                  disabled={members.length === 1}
                  onClick={() => dispatch({ kind: "remove", id })}
                >
                  <IconTrash size={14} />
                </ActionIcon>
              </Group>
            </li>
          );
        })}
      </ul>
      <Group mt="sm" gap="xs">
        <Button
          size="xs"
          leftSection={<IconPlus size={14} />}
          disabled={members.length === MEMBERS_MAX}
          onClick={() => dispatch({ kind: "add" })}
        >
          Add a member
        </Button>
        <Button size="xs" variant="default" onClick={() => dispatch({ kind: "reset" })}>
          Start again
        </Button>
      </Group>
      <Text size="xs" c="dimmed" mt="sm">
        Busiest {stats.peakToAverage.toFixed(3)} × its part · σ {percent.format(stats.deviation)}
      </Text>
    </div>
  );
}
