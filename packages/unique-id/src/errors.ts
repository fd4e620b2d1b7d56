/** What can go wrong when IDs are made or read. */
import { defineErrors } from "@tenfold/core";

export const uniqueIdErrors = defineErrors({
  clock_behind: {
    status: 503,
    title: "The ID generator has run too far ahead of the clock",
    retryable: true,
  },
  lease_lost: {
    status: 503,
    title: "This process no longer holds its worker ID",
    retryable: true,
  },
  worker_id_in_use: {
    status: 500,
    title: "Another generator of this process has this worker ID",
  },
  time_not_reserved: {
    status: 503,
    title: "The stored time mark is used up, and could not be moved on yet",
    retryable: true,
  },
  no_worker_id: {
    status: 503,
    title: "No worker ID is free",
    retryable: true,
  },
  clock_out_of_range: {
    status: 500,
    title: "The time does not fit an ID of this epoch",
  },
  id_invalid: {
    status: 400,
    title: "Not an ID",
  },
  base62_invalid: {
    status: 400,
    title: "Not a base-62 number",
  },
  segment_unavailable: {
    status: 503,
    title: "No block of IDs could be taken from the counter",
    retryable: true,
  },
  segment_invalid: {
    status: 500,
    title: "The counter gave a block that was given before",
  },
});
