/** Said where a list would be. */
import { Stack, Text, ThemeIcon } from "@mantine/core";
import type { IconLink } from "@tabler/icons-react";
import type { ReactNode } from "react";

export interface NothingProps {
  Icon: typeof IconLink;
  title: string;
  text?: ReactNode;
}

/** An icon, a title, and what to do about it. */
export function Nothing({ Icon, title, text }: NothingProps) {
  return (
    <Stack align="center" gap="xs" py="xl" ta="center">
      <ThemeIcon size={52} radius="xl" variant="light">
        <Icon size={26} />
      </ThemeIcon>
      <Text fw={600}>{title}</Text>
      {text === undefined ? null : (
        <Text size="sm" c="dimmed" maw={420}>
          {text}
        </Text>
      )}
    </Stack>
  );
}
