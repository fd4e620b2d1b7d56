/** Small marks of what is special about a link. */
import { Badge, Group } from "@mantine/core";
import type { Link } from "@tenfold/url-shortener/contract";
import { useNow } from "../app/now.ts";
import { stateOf, type LinkState } from "./link-state.ts";

const colours: Readonly<Record<LinkState, string>> = {
  active: "teal",
  banned: "red",
  expired: "gray",
  scheduled: "blue",
  "used up": "gray",
};

/** Nothing for an ordinary link that works. */
export function LinkBadges({ link }: { link: Link }) {
  const state = stateOf(link, useNow());
  const marks = [
    link.status === 302 ? undefined : String(link.status),
    link.hasPassword ? "password" : undefined,
    link.rules.length > 0 ? count(link.rules.length, "rule") : undefined,
    link.variants.length > 0 ? count(link.variants.length, "variant") : undefined,
    link.maxVisits === null ? undefined : `${link.visits}/${link.maxVisits} visits`,
  ].filter((mark) => mark !== undefined);
  if (state === "active" && marks.length === 0) return null;
  return (
    <Group gap={6} component="span">
      {state === "active" ? null : (
        <Badge size="sm" variant="light" color={colours[state]} tt="none">
          {state}
        </Badge>
      )}
      {marks.map((mark) => (
        <Badge key={mark} size="sm" variant="default" tt="none" fw={500}>
          {mark}
        </Badge>
      ))}
    </Group>
  );
}

function count(items: number, noun: string): string {
  return items === 1 ? `1 ${noun}` : `${items} ${noun}s`;
}
