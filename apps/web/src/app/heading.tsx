/** The title of a page or of a part of it, what it is about, and what can be done there. */
import { Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

export interface HeadingProps {
  title: string;
  description?: ReactNode;
  /** Buttons beside the title. */
  actions?: ReactNode;
}

/** `order` is its level, `size` that of another level's letters; `id` for who is labelled by it. */
export function Heading({
  title,
  description,
  actions,
  ...look
}: HeadingProps & { id?: string; order: 1 | 2; size: "h2" | "h3" | "h4" }) {
  return (
    <Group justify="space-between" align="flex-start" gap="sm">
      <div>
        <Title {...look}>{title}</Title>
        {description === undefined ? null : (
          <Text c="dimmed" size="sm" mt={4}>
            {description}
          </Text>
        )}
      </div>
      {actions}
    </Group>
  );
}
