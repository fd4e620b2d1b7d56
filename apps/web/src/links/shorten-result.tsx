/** The short URL, ready to be taken along. */
import { Anchor, Button, Group, Paper, Stack, Text } from "@mantine/core";
import { IconChartBar } from "@tabler/icons-react";
import { Link as RouteLink } from "@tanstack/react-router";
import type { Link } from "@tenfold/url-shortener/contract";
import { CopyLabelled } from "../app/copy.tsx";
import { QrImage } from "./qr.tsx";
import { shown } from "./short-url.ts";

export interface ShortenResultProps {
  link: Link;
  /** You had shortened this URL before. */
  reused: boolean;
}

/** Shown below the form after a create. */
export function ShortenResult({ link, reused }: ShortenResultProps) {
  return (
    <Paper className="surface" p="md" aria-live="polite">
      <Group align="center" gap="lg" wrap="nowrap">
        <Stack gap={6} className="grows">
          <Text size="xs" c="dimmed">
            {reused ? "Already shortened: you have this link since before." : "Done."}
          </Text>
          <Anchor href={link.shortUrl} target="_blank" rel="noreferrer" size="xl" fw={650}>
            {shown(link.shortUrl)}
          </Anchor>
          <Text size="sm" c="dimmed" truncate title={link.url}>
            {link.url}
          </Text>
          <Group gap="sm" mt="xs">
            <CopyLabelled value={link.shortUrl} label="Copy" />
            <Button
              variant="default"
              leftSection={<IconChartBar size={18} />}
              renderRoot={(props) => (
                <RouteLink {...props} to="/links/$id" params={{ id: link.id }} />
              )}
            >
              Details
            </Button>
          </Group>
        </Stack>
        <QrImage id={link.id} shortUrl={link.shortUrl} width={112} visibleFrom="xs" />
      </Group>
    </Paper>
  );
}
