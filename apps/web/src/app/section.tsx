/** A bordered part of a page with a heading of its own. */
import { Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useId, type ReactNode } from "react";

export interface SectionProps {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A section, announced by its title. */
export function Section({ title, description, actions, children }: SectionProps) {
  const id = useId();
  return (
    <Paper
      component="section"
      className="surface"
      p={{ base: "md", sm: "lg" }}
      aria-labelledby={id}
    >
      <Stack gap="md">
        <Group justify="space-between" align="flex-start" gap="sm">
          <div>
            <Title id={id} order={2} size="h4">
              {title}
            </Title>
            {description === undefined ? null : (
              <Text c="dimmed" size="sm" mt={2}>
                {description}
              </Text>
            )}
          </div>
          {actions}
        </Group>
        {children}
      </Stack>
    </Paper>
  );
}
