/** One link of the list. */
import { Anchor, Badge, Group, Text } from "@mantine/core";
import { Link as RouteLink } from "@tanstack/react-router";
import type { Link } from "@tenfold/url-shortener/contract";
import { CopyIcon } from "../app/copy.tsx";
import { showAgo, showCompact, showDateTime, showNumber } from "../app/format.ts";
import { LinkBadges } from "./link-badges.tsx";
import { shown } from "./short-url.ts";

export interface LinkRowProps {
  link: Link;
  onTag: (tag: string) => void;
}

/** The short URL leads to the link's page; the target is told below it. */
export function LinkRow({ link, onTag }: LinkRowProps) {
  return (
    <li className="link-row">
      <Group wrap="nowrap" align="flex-start" gap="sm">
        <div className="grows">
          <Group gap={4} wrap="nowrap">
            <Anchor
              fw={600}
              truncate
              renderRoot={(props) => (
                <RouteLink {...props} to="/links/$id" params={{ id: link.id }} />
              )}
            >
              {shown(link.shortUrl)}
            </Anchor>
            <CopyIcon value={link.shortUrl} label={`Copy ${link.shortUrl}`} />
          </Group>
          {link.title === null ? null : (
            <Text size="sm" truncate>
              {link.title}
            </Text>
          )}
          <Text size="sm" c="dimmed" truncate title={link.url}>
            {shown(link.url)}
          </Text>
          <Group gap={6} mt={6}>
            <LinkBadges link={link} />
            {link.tags.map((tag) => (
              <Badge
                key={tag}
                component="button"
                type="button"
                className="tag-button"
                size="sm"
                variant="light"
                tt="none"
                onClick={() => onTag(tag)}
              >
                {tag}
              </Badge>
            ))}
          </Group>
        </div>
        <Clicks link={link} />
      </Group>
    </li>
  );
}

function Clicks({ link }: { link: Link }) {
  const { human, bot } = link.clicks;
  return (
    <div
      className="numbers row-clicks"
      title={`${showNumber(human)} by people, ${showNumber(bot)} by bots. Made ${showDateTime(link.createdAt)}`}
    >
      <Text fw={600}>{showCompact(human)}</Text>
      <Text size="xs" c="dimmed">
        {human === 1 ? "click" : "clicks"}
        {bot > 0 ? ` · ${showCompact(bot)} ${bot === 1 ? "bot" : "bots"}` : ""}
      </Text>
      <Text size="xs" c="dimmed">
        {showAgo(link.createdAt)}
      </Text>
    </div>
  );
}
