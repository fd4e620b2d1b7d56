/** What the platform stands on, and the process itself. */
import { Divider, Group, SimpleGrid, Text, ThemeIcon } from "@mantine/core";
import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";
import type { PlatformStatus } from "tenfold/contract";
import { Figure } from "../app/figure.tsx";
import { showBytes, showDateTime, showDuration } from "../app/format.ts";
import { Section } from "../app/section.tsx";
import type { RatePoint } from "./rates.ts";

export interface HealthSectionProps {
  status: PlatformStatus;
  /** The last one is shown. */
  points: readonly RatePoint[];
}

/** Checks in a row, then the process in figures. */
export function HealthSection({ status, points }: HealthSectionProps) {
  const { process, checks } = status;
  const up = (Date.parse(status.readAt) - Date.parse(status.startedAt)) / 1000;
  const cpu = points.at(-1)?.cpuPercent;
  return (
    <Section title="Health">
      <Group gap="xl" component="ul" className="plain-list">
        {checks.map((check) => (
          <Check key={check.name} check={check} />
        ))}
      </Group>
      <Divider />
      <SimpleGrid cols={{ base: 2, sm: 4 }}>
        <Figure
          label="Up for"
          value={showDuration(up)}
          hint={`since ${showDateTime(status.startedAt)}`}
        />
        <Figure
          label="CPU"
          value={cpu === undefined ? "…" : `${cpu.toFixed(0)} %`}
          hint="Of one core"
        />
        <Figure
          label="Memory"
          value={showBytes(process.residentBytes)}
          hint={`Process ${process.pid}`}
        />
        <Figure label="Heap" value={showBytes(process.heapBytes)} />
      </SimpleGrid>
    </Section>
  );
}

function Check({ check }: { check: PlatformStatus["checks"][number] }) {
  const Icon = check.ok ? IconCheck : IconAlertTriangle;
  return (
    <Group component="li" gap="xs" wrap="nowrap">
      <ThemeIcon size={26} radius="xl" variant="light" color={check.ok ? "teal" : "red"}>
        <Icon size={16} aria-hidden />
      </ThemeIcon>
      <div>
        <Text size="sm" fw={500}>
          {check.name}
        </Text>
        <Text size="xs" c={check.ok ? "dimmed" : "red"}>
          {check.detail ?? (check.ok ? "answers" : "does not answer")}
        </Text>
      </div>
    </Group>
  );
}
