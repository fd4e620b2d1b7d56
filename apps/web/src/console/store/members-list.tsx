/** The nodes: how they are, what they hold, and what can be done with those of this process. */
import { Badge, Button, Group, Text } from "@mantine/core";
import type { Member, Ring } from "@tenfold/key-value/contract";
import { showNumber } from "../../app/format.ts";

export interface MembersListProps {
  ring: Ring;
  colours: ReadonlyMap<string, string>;
  onDrain: (name: string) => void;
  onRemove: (name: string) => void;
  onHighlight: (name: string | undefined) => void;
}

const stateColours = {
  up: "teal",
  joining: "blue",
  leaving: "grape",
  suspect: "orange",
  down: "red",
} as const;

/** A row each; pointing at one shows its part of the ring. */
export function MembersList({ ring, colours, onDrain, onRemove, onHighlight }: MembersListProps) {
  const { members } = ring;
  const most = Math.max(1, ...members.map(({ partitions }) => partitions));
  const isLast = members.length < 2;
  return (
    <ul className="plain-list store-members" aria-label="Nodes">
      {members.map((member) => (
        <li
          key={member.name}
          className="store-member"
          onPointerEnter={() => onHighlight(member.name)}
          onPointerLeave={() => onHighlight(undefined)}
        >
          <Group gap="xs" justify="space-between">
            <Group gap="xs">
              <span className="store-dot" style={{ background: colours.get(member.name) }} />
              <Text fw={600}>{member.name}</Text>
              <Badge variant="light" color={stateColours[member.state]}>
                {member.state}
              </Badge>
              {member.zone === "" ? null : (
                <Badge variant="default" title="Zone">
                  {member.zone}
                </Badge>
              )}
            </Group>
            {member.isLocal ? (
              <Group gap={4}>
                <Button
                  size="compact-xs"
                  variant="default"
                  disabled={isLast || member.state === "leaving"}
                  aria-label={`Drain ${member.name}`}
                  onClick={() => onDrain(member.name)}
                >
                  Drain
                </Button>
                <Button
                  size="compact-xs"
                  variant="light"
                  color="red"
                  disabled={isLast}
                  aria-label={`Remove ${member.name}`}
                  onClick={() => onRemove(member.name)}
                >
                  Remove
                </Button>
              </Group>
            ) : null}
          </Group>
          <div className="store-bar" title={`${showNumber(member.partitions)} partitions`}>
            <div
              className="store-bar-fill"
              style={{
                width: `${(100 * member.partitions) / most}%`,
                background: colours.get(member.name),
              }}
            />
          </div>
          <Text size="xs" c="dimmed">
            {describe(member, ring)}
          </Text>
        </li>
      ))}
    </ul>
  );
}

function describe(member: Member, { hints }: Ring): string {
  const waiting = hints.find(({ node }) => node === member.name)?.count ?? 0;
  const parts = [
    `${showNumber(member.partitions)} partitions, first for ${showNumber(member.firstOf)}`,
    member.address ?? "no address known",
    ...(member.weight === 1 ? [] : [`weight ${member.weight}`]),
    ...(waiting === 0 ? [] : [`${showNumber(waiting)} hints wait for it`]),
  ];
  return parts.join(" · ");
}
