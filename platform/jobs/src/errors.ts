/** The error codes of this piece. */
import { defineErrors } from "@tenfold/core";

export const jobErrors = defineErrors({
  job_data_invalid: { status: 400, title: "The data of a job does not fit its schema" },
  job_options_invalid: { status: 500, title: "A job's options are out of range" },
  job_queue_unknown: { status: 404, title: "No such queue of jobs" },
  job_timed_out: { status: 504, title: "A job took longer than its queue allows", retryable: true },
  jobs_not_running: { status: 503, title: "Background work is not running", retryable: true },
});
