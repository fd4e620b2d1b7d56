/** Pages for those who are not signed in: one card in the middle. */
import { Group, Paper, Stack, Text } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import { ColorSchemeSwitch } from "./color-scheme-switch.tsx";
import { Heading } from "./heading.tsx";
import { Logo } from "./logo.tsx";

export interface CentredPageProps {
  title: string;
  description?: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
}

/** A card with a heading under the mark. */
export function CentredPage({ title, description, children, footer }: CentredPageProps) {
  useDocumentTitle(`${title} · Tenfold`);
  return (
    <div className="centred-page">
      <main>
        <Group justify="space-between" mb="lg">
          <span className="brand">
            <Logo />
            Tenfold
          </span>
          <ColorSchemeSwitch />
        </Group>
        <Paper className="surface" p={{ base: "lg", sm: "xl" }} radius="lg">
          <Stack gap="md">
            <Heading order={1} size="h3" title={title} description={description} />
            {children}
          </Stack>
        </Paper>
        {footer === undefined ? null : (
          <Text ta="center" size="sm" c="dimmed" mt="md" component="div">
            {footer}
          </Text>
        )}
      </main>
    </div>
  );
}
