/** Reads the platform's status again and again, and keeps the last minutes. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { PlatformStatus } from "tenfold/contract";
import { call } from "../app/api.ts";
import { addReading } from "./rates.ts";

const INTERVAL_MS = 2_000;

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
    queryKey: ["platform-status"],
    queryFn: async ({ signal }) => (await call("GET /v1/platform/status", { signal })).body,
    refetchInterval: INTERVAL_MS,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 0,
  });
  const [all, setAll] = useState<readonly PlatformStatus[]>([]);
  const latest = status.data;
  useEffect(() => {
    if (latest !== undefined) setAll((readings) => addReading(readings, latest));
  }, [latest]);
  return { latest, all, error: status.error, refetch: () => void status.refetch() };
}
