/** `@tenfold/jobs`: durable background work, enqueued in the caller's transaction. */
export { JOB_DATA_CHARACTERS_MAX } from "./data.ts";
export { ENQUEUE_MANY_MAX } from "./enqueue.ts";
export { jobErrors } from "./errors.ts";
export * from "./jobs.ts";
export { openJobs, type JobsDeps } from "./open.ts";
export { defaultJobsOptions, type JobsOptions } from "./options.ts";
