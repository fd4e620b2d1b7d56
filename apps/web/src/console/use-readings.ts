/** Reads the platform's status again and again, and keeps the last minutes. */
import { useQuery } from "@tanstack/react-query";
import type { PlatformStatus } from "tenfold/contract";
import { call } from "../app/api.ts";
import { queryClient } from "../app/query-client.ts";
import { addReading } from "./rates.ts";

const INTERVAL_MS = 2_000;
const queryKey = ["platform-status"];

export interface Readings {
  latest: PlatformStatus | undefined;
  all: readonly PlatformStatus[];
  /** Of the last attempt; the readings before it stay. */
  error: unknown;
  refetch: () => void;
}

/** Pauses while the tab is hidden. */
export function useReadings(): Readings {
  const status = useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const { body } = await call("GET /v1/platform/status", { signal });
      return addReading(queryClient.getQueryData<readonly PlatformStatus[]>(queryKey) ?? [], body);
    },
    refetchInterval: INTERVAL_MS,
    retry: false,
    staleTime: 0,
  });
  const all = status.data ?? [];
  return { latest: all.at(-1), all, error: status.error, refetch: () => void status.refetch() };
}
