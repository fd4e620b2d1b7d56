/** One rule: what it says, what it did, and who meets it most. */
import { Badge, Button, Group, Paper, SimpleGrid, Stack, Text } from "@mantine/core";
import type { LimitRule } from "@tenfold/rate-limits/contract";
import { Figure } from "../../app/figure.tsx";
import { showDateTime, showNumber } from "../../app/format.ts";
import { HottestKeys } from "./hottest-keys.tsx";
import { describePolicy } from "./limits-query.ts";

export interface RuleCardProps {
  rule: LimitRule;
  onEdit: () => void;
}

/** A card in the list of rules. */
export function RuleCard({ rule, onEdit }: RuleCardProps) {
  const { counts, mode } = rule;
  const refused = mode === "shadow" ? counts.wouldRefuse : counts.refused;
  const decided = counts.allowed + refused;
  const share = decided === 0 ? 0 : (refused / decided) * 100;
  return (
    <Paper component="li" className="surface" p={{ base: "md", sm: "lg" }}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start" gap="sm">
          <div className="grows">
            <Group gap="xs">
              <Text ff="monospace" fw={600} component="h2" fz="md" m={0}>
                {rule.name}
              </Text>
              <Mode mode={mode} />
              {rule.edit === null ? null : (
                <Badge variant="light" color="grape" title={showDateTime(rule.edit.editedAt)}>
                  edited
                </Badge>
              )}
              {rule.source === "file" ? (
                <Badge variant="light" color="gray">
                  your file, line {rule.line}
                </Badge>
              ) : null}
            </Group>
            <Text size="sm" mt={4}>
              {describePolicy(rule)}
              {rule.per.length === 0 ? ", for all together" : `, per ${rule.per.join(" and ")}`}
            </Text>
            <Text size="xs" c="dimmed" ff="monospace" style={{ overflowWrap: "anywhere" }}>
              {describeMatch(rule)}
            </Text>
          </div>
          <Button
            size="xs"
            variant="default"
            onClick={onEdit}
            aria-label={`Edit the rule ${rule.name}`}
          >
            Edit
          </Button>
        </Group>
        <SimpleGrid cols={3} maw={420}>
          <Figure label="Allowed" value={showNumber(counts.allowed)} />
          <Figure
            label={mode === "shadow" ? "Would refuse" : "Refused"}
            value={showNumber(refused)}
          />
          <Figure label="Share" value={decided === 0 ? "–" : `${share.toFixed(1)} %`} />
        </SimpleGrid>
        <HottestKeys rule={rule} />
      </Stack>
    </Paper>
  );
}

const modes = {
  enforced: { color: "teal", label: "enforced" },
  shadow: { color: "yellow", label: "shadow: counts only" },
  off: { color: "gray", label: "off" },
} as const;

function Mode({ mode }: { mode: LimitRule["mode"] }) {
  const { color, label } = modes[mode];
  return (
    <Badge variant="light" color={color}>
      {label}
    </Badge>
  );
}

function describeMatch({ match, group, overrides }: LimitRule): string {
  const parts = match.map(({ descriptor, patterns }) => `${descriptor} ${patterns.join(" or ")}`);
  const words = parts.length === 0 ? ["every request"] : parts;
  if (group !== null) words.push(`one of the group ${group}`);
  if (overrides.length > 0) words.push(`${overrides.length} with a limit of their own`);
  return words.join(" · ");
}
