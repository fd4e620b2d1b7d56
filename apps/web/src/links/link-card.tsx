/** A link at the head of its page. */
import { Anchor, Badge, Group, Paper, Stack, Text } from "@mantine/core";
import { IconCornerDownRight } from "@tabler/icons-react";
import type { Link } from "@tenfold/url-shortener/contract";
import { CopyLabelled } from "../app/copy.tsx";
import { showDateTime } from "../app/format.ts";
import { LinkBadges } from "./link-badges.tsx";
import { QrPanel } from "./qr.tsx";
import { shown } from "./short-url.ts";

/** Short URL, target, state and QR code. */
export function LinkCard({ link }: { link: Link }) {
  return (
    <Paper className="surface" p={{ base: "md", sm: "lg" }}>
      <Group gap="xl" align="flex-start" justify="space-between">
        <Stack gap="sm" className="card-text">
          <Anchor
            href={link.shortUrl}
            target="_blank"
            rel="noreferrer"
            fw={700}
            className="short-url"
          >
            {shown(link.shortUrl)}
          </Anchor>
          <Group gap={6} wrap="nowrap" align="flex-start" c="dimmed">
            <IconCornerDownRight size={18} className="fixed" aria-label="leads to" />
            <Anchor
              href={link.url}
              target="_blank"
              rel="noreferrer nofollow"
              size="sm"
              c="dimmed"
              className="long-url"
            >
              {link.url}
            </Anchor>
          </Group>
          <Group gap={6}>
            <LinkBadges link={link} />
            {link.tags.map((tag) => (
              <Badge key={tag} size="sm" variant="light" tt="none">
                {tag}
              </Badge>
            ))}
          </Group>
          <Text size="xs" c="dimmed">
            {timesOf(link)}
          </Text>
          <Group mt="xs">
            <CopyLabelled value={link.shortUrl} label="Copy short URL" />
          </Group>
        </Stack>
        <QrPanel id={link.id} code={link.code} shortUrl={link.shortUrl} />
      </Group>
    </Paper>
  );
}

function timesOf(link: Link): string {
  const parts = [`Made ${showDateTime(link.createdAt)}`];
  if (link.updatedAt !== link.createdAt) parts.push(`changed ${showDateTime(link.updatedAt)}`);
  if (link.validFrom !== null) parts.push(`valid from ${showDateTime(link.validFrom)}`);
  if (link.validUntil !== null) parts.push(`valid until ${showDateTime(link.validUntil)}`);
  return parts.join(" · ");
}
