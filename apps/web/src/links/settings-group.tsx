/** A few settings of a link that belong together, under a small heading. */
import { Stack, Text } from "@mantine/core";
import { useId, type ReactNode } from "react";

export interface SettingsGroupProps {
  title: string;
  description?: string;
  children: ReactNode;
}

/** Announced as a group by its title. */
export function SettingsGroup({ title, description, children }: SettingsGroupProps) {
  const id = useId();
  return (
    <fieldset className="settings-group" aria-labelledby={id}>
      <Stack gap="sm">
        <div>
          <Text id={id} fw={650}>
            {title}
          </Text>
          {description === undefined ? null : (
            <Text size="sm" c="dimmed">
              {description}
            </Text>
          )}
        </div>
        {children}
      </Stack>
    </fieldset>
  );
}
