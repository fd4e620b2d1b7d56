/** Clicks over time, people and bots stacked. In a file of its own, since charts are heavy. */
import "../app/charts.ts";
import { BarChart } from "@mantine/charts";
import type { ClickSeries } from "@tenfold/url-shortener/contract";
import { showCompact, showNumber } from "../app/format.ts";
import { bucketLabel, type Bucket } from "./click-range.ts";

function bucketOf(by: string): Bucket {
  return by === "hour" || by === "month" ? by : "day";
}

/** A bar per bucket. */
export function ClicksChart({ series }: { series: ClickSeries }) {
  const by = bucketOf(series.by);
  const data = series.items.map(({ key, human, bot }) => ({
    time: bucketLabel(key, by),
    People: human,
    Bots: bot,
  }));
  return (
    <figure className="chart" aria-label={`${showNumber(series.totals.total)} clicks over time`}>
      <BarChart
        h={280}
        data={data}
        dataKey="time"
        type="stacked"
        series={[
          { name: "People", color: "sea.6" },
          { name: "Bots", color: "gray.5" },
        ]}
        withLegend
        legendProps={{ verticalAlign: "bottom", height: 30, itemSorter: null }}
        tickLine="none"
        gridAxis="x"
        yAxisProps={{ width: 44, allowDecimals: false, tickFormatter: showCompact }}
        xAxisProps={{ minTickGap: 24 }}
        valueFormatter={showNumber}
        maxBarWidth={42}
        barProps={{ isAnimationActive: false }}
      />
    </figure>
  );
}
