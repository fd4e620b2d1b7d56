/** Reports, newest first, in three piles. */
import { Button, Center, Paper, SegmentedControl, Skeleton, Stack } from "@mantine/core";
import { IconMoodSmile } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Report } from "@tenfold/url-shortener/contract";
import { useState } from "react";
import { Nothing } from "../app/nothing.tsx";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { reportsQuery } from "./moderation-queries.ts";
import { ReportRow } from "./report-row.tsx";

const piles: { value: Report["state"]; label: string }[] = [
  { value: "open", label: "Open" },
  { value: "banned", label: "Banned" },
  { value: "dismissed", label: "Dismissed" },
];

/** A pile at a time. */
export function ReportQueue() {
  const [state, setState] = useState<Report["state"]>("open");
  const reports = useInfiniteQuery(reportsQuery(state));
  const items = reports.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Stack gap="md" align="stretch">
      <div>
        <SegmentedControl aria-label="State" data={piles} value={state} onChange={setState} />
      </div>
      <Paper className="surface" px={{ base: "md", sm: "lg" }} py="xs">
        <ProblemNotice error={reports.error} onRetry={() => void reports.refetch()} />
        {reports.isPending ? <Skeleton height={80} my="md" /> : null}
        {reports.isSuccess && items.length === 0 ? (
          <Nothing
            Icon={IconMoodSmile}
            title={state === "open" ? "Nothing to look at" : "None"}
            text={state === "open" ? "Reports from /app/report arrive here." : undefined}
          />
        ) : null}
        <ul className="plain-list">
          {items.map((report) => (
            <ReportRow key={report.id} report={report} />
          ))}
        </ul>
      </Paper>
      {reports.hasNextPage ? (
        <Center>
          <Button
            variant="default"
            loading={reports.isFetchingNextPage}
            onClick={() => void reports.fetchNextPage()}
          >
            Show more
          </Button>
        </Center>
      ) : null}
    </Stack>
  );
}
