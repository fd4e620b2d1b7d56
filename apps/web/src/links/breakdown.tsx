/** Clicks by country, referrer, device or browser, largest first. */
import { Group, Skeleton, Stack, Text } from "@mantine/core";
import type { ClickSeries } from "@tenfold/url-shortener/contract";
import { showNumber } from "../app/format.ts";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { Section } from "../app/section.tsx";
import type { RangeChoice } from "./click-range.ts";
import { useClicks } from "./clicks-query.ts";
import { countryFlag, countryName } from "./countries.ts";

export interface BreakdownProps {
  id: string;
  by: "country" | "referrer" | "device" | "browser";
  range: RangeChoice;
  title: string;
}

const ROWS = 8;

/** A list of bars; bots are counted in and told apart in words. */
export function Breakdown({ id, by, range, title }: BreakdownProps) {
  const clicks = useClicks({ id, by, range, limit: ROWS });
  const items = clicks.data?.items ?? [];
  const largest = Math.max(1, ...items.map((item) => item.total));
  return (
    <Section title={title}>
      <ProblemNotice error={clicks.error} onRetry={() => void clicks.refetch()} />
      {clicks.isPending ? <Skeleton height={120} /> : null}
      {clicks.isSuccess && items.length === 0 ? (
        <Text size="sm" c="dimmed">
          No clicks in this range.
        </Text>
      ) : null}
      <Stack gap={6} component="ul" className="plain-list">
        {items.map((item) => (
          <Row key={item.key} item={item} by={by} share={item.total / largest} />
        ))}
      </Stack>
    </Section>
  );
}

interface RowProps {
  item: ClickSeries["items"][number];
  by: BreakdownProps["by"];
  /** Of the largest, from 0 to 1. */
  share: number;
}

function Row({ item, by, share }: RowProps) {
  return (
    <li className="bar">
      {/* The width is data, hence an attribute. */}
      <span className="bar-fill" style={{ width: `${(share * 100).toFixed(1)}%` }} aria-hidden />
      <Group className="bar-text" justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm" truncate>
          {nameOf(item.key, by)}
        </Text>
        <Text size="sm" className="numbers fixed" fw={500}>
          {showNumber(item.total)}
          {item.bot > 0 ? (
            <Text span size="xs" c="dimmed" fw={400}>
              {" "}
              {showNumber(item.bot)} by bots
            </Text>
          ) : null}
        </Text>
      </Group>
    </li>
  );
}

const spoken: Readonly<Record<string, string>> = {
  "(unknown)": "Unknown",
  "(direct)": "Direct, or not told",
  "(other)": "All others",
  desktop: "Desktop",
  mobile: "Phone",
  tablet: "Tablet",
  other: "Other",
};

function nameOf(key: string, by: BreakdownProps["by"]): string {
  const known = spoken[key];
  if (known !== undefined) return known;
  return by === "country" ? `${countryFlag(key)} ${countryName(key)}`.trim() : key;
}
