/** Three small charts of the last minutes. In a file of its own, since charts are heavy. */
import "../app/charts.ts";
import { AreaChart } from "@mantine/charts";
import { SimpleGrid, Text } from "@mantine/core";
import type { RatePoint } from "./rates.ts";

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

function showRate(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

/** Requests/s, errors/s, mean latency. */
export function RateCharts({ points }: { points: readonly RatePoint[] }) {
  const data = points.map((point) => ({
    time: clock.format(new Date(point.time)),
    "requests/s": point.requestsPerSecond,
    "errors/s": point.errorsPerSecond,
    ms: point.meanMs ?? null,
  }));
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      <RateChart data={data} title="Requests per second" name="requests/s" color="sea.6" />
      <RateChart data={data} title="Errors per second" name="errors/s" color="red.6" />
      <RateChart data={data} title="Mean latency, ms" name="ms" color="orange.6" />
    </SimpleGrid>
  );
}

interface RateChartProps {
  data: { time: string; "requests/s": number; "errors/s": number; ms: number | null }[];
  title: string;
  name: "requests/s" | "errors/s" | "ms";
  color: string;
}

function RateChart({ data, title, name, color }: RateChartProps) {
  const last = data.findLast((point) => point[name] !== null)?.[name];
  return (
    <figure className="chart" aria-label={`${title}, over the last minutes`}>
      <Text size="xs" c="dimmed">
        {title}
      </Text>
      <Text className="numbers" fz={22} fw={650} lh={1.25} mb={4}>
        {typeof last === "number" ? showRate(last) : "…"}
      </Text>
      <AreaChart
        h={120}
        data={data}
        dataKey="time"
        series={[{ name, color }]}
        withDots={false}
        withXAxis={false}
        yAxisProps={{ width: 36, tickCount: 3, domain: [0, "auto"] }}
        tickLine="none"
        strokeWidth={1.5}
        curveType="linear"
        valueFormatter={showRate}
        areaProps={{ isAnimationActive: false }}
      />
    </figure>
  );
}
