/** The rules and what they count, read again and again while the page is seen. */
import type { LimitRule } from "@tenfold/rate-limits/contract";
import { queryOptions } from "@tanstack/react-query";
import { call } from "../../app/api.ts";
import { queryClient } from "../../app/query-client.ts";

const INTERVAL_MS = 2_000;

export const limitsQuery = queryOptions({
  queryKey: ["limits"],
  queryFn: async ({ signal }) => (await call("GET /v1/limits", { signal })).body,
  refetchInterval: INTERVAL_MS,
  retry: false,
  staleTime: 0,
});

/** After a change: what is shown is what holds. */
export async function limitsChanged(): Promise<void> {
  await queryClient.invalidateQueries(limitsQuery);
}

/** `600 per minute, 1,000 at once`; as an administrator would write it. */
export function describePolicy({ policy }: LimitRule): string {
  const count = new Intl.NumberFormat().format(policy.limit);
  if (policy.algorithm === "concurrency") return `${count} at once`;
  const span = policy.calendar === null ? describeSpan(policy.windowSeconds) : policy.calendar;
  const saved =
    policy.capacity === policy.limit
      ? ""
      : `, up to ${new Intl.NumberFormat().format(policy.capacity)} at once`;
  return `${count} per ${policy.calendar === null ? "" : "calendar "}${span}${saved}`;
}

const spans = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

function describeSpan(seconds: number): string {
  const [unit, length] = spans.find(([, each]) => seconds >= each && seconds % each === 0) ?? [
    "second",
    1,
  ];
  const units = seconds / length;
  return units === 1 ? unit : `${units} ${unit}s`;
}
