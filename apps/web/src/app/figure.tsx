/** A number with its name. */
import { Text } from "@mantine/core";

export interface FigureProps {
  label: string;
  value: string;
  /** How it is counted. */
  hint?: string;
}

/** Read as one thing: "Clicks 1,234". */
export function Figure({ label, value, hint }: FigureProps) {
  return (
    <div title={hint}>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text className="numbers" fz={24} fw={650} lh={1.25}>
        {value}
      </Text>
    </div>
  );
}
