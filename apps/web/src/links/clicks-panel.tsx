/** A link's clicks: how many, when, from where, with what. */
import { SimpleGrid, Skeleton, Stack } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { Section } from "../app/section.tsx";
import { Breakdown } from "./breakdown.tsx";
import { naturalBucket, type RangeChoice } from "./click-range.ts";
import { ClickTotals } from "./click-totals.tsx";
import { useClicks } from "./clicks-query.ts";
import { RangePicker } from "./range-picker.tsx";

// Charts are heavy; the page stands before they arrive.
const ClicksChart = lazy(async () => ({
  default: (await import("./clicks-chart.tsx")).ClicksChart,
}));

const start: RangeChoice = { name: "30d", by: naturalBucket["30d"], from: "", to: "" };

/** All of it for one range of time. */
export function ClicksPanel({ id }: { id: string }) {
  const [range, setRange] = useState(start);
  const series = useClicks({ id, by: range.by, range });
  return (
    <Stack gap="lg">
      <Section title="Over time" actions={<RangePicker range={range} onChange={setRange} />}>
        <ProblemNotice error={series.error} onRetry={() => void series.refetch()} />
        {series.data === undefined ? (
          <Skeleton height={340} />
        ) : (
          <>
            <ClickTotals totals={series.data.totals} />
            <Suspense fallback={<Skeleton height={280} />}>
              <ClicksChart series={series.data} />
            </Suspense>
          </>
        )}
      </Section>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
        <Breakdown id={id} by="country" range={range} title="Countries" />
        <Breakdown id={id} by="referrer" range={range} title="Referrers" />
        <Breakdown id={id} by="device" range={range} title="Devices" />
        <Breakdown id={id} by="browser" range={range} title="Browsers" />
      </SimpleGrid>
    </Stack>
  );
}
