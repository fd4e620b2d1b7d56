/** For administrators: is all well, and how much is going on. */
import "../app/more-styles.css";
import { Skeleton, Stack } from "@mantine/core";
import { lazy, Suspense } from "react";
import { Page } from "../app/page.tsx";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { Section } from "../app/section.tsx";
import { HealthSection } from "./health-section.tsx";
import { JobsSection } from "./jobs-section.tsx";
import { ratePoints, routeRates } from "./rates.ts";
import { RouteTable } from "./route-table.tsx";
import { useReadings } from "./use-readings.ts";

const RateCharts = lazy(async () => ({ default: (await import("./rate-charts.tsx")).RateCharts }));

/** A route's rate is taken over this many readings: ten seconds. */
const ROUTE_WINDOW = 5;

/** The page at `/console`. */
export function ConsolePage() {
  const { latest, all, error, refetch } = useReadings();
  const description =
    latest === undefined
      ? undefined
      : `Tenfold ${latest.version} · ${latest.systems.join(", ")} · role ${latest.role}`;
  return (
    <Page title="Console" description={description}>
      <ProblemNotice error={error} onRetry={refetch} />
      {latest === undefined ? (
        error === null ? (
          <Skeleton height={400} />
        ) : null
      ) : (
        <Stack gap="lg">
          <HealthSection status={latest} points={ratePoints(all.slice(-2))} />
          <Section
            title="Requests"
            description="Of the process that answers, read every two seconds."
          >
            <Suspense fallback={<Skeleton height={180} />}>
              <RateCharts points={ratePoints(all)} />
            </Suspense>
            <RouteTable rates={routeRates(all, ROUTE_WINDOW)} />
          </Section>
          <JobsSection jobs={latest.jobs} />
        </Stack>
      )}
    </Page>
  );
}
