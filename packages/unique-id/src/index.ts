/** `@tenfold/unique-id`: IDs that are given out once, and how they are written. */
export * from "./base62.ts";
export * from "./capacity.ts";
export * from "./crockford.ts";
export * from "./errors.ts";
export * from "./id-source.ts";
export * from "./multi-master.ts";
export * from "./permutation.ts";
export * from "./segment.ts";
export * from "./snowflake-layout.ts";
export * from "./snowflake.ts";
export * from "./ticket-server.ts";
export * from "./time-marks.ts";
export * from "./uuid.ts";
export * from "./worker-ids.ts";
export * from "./worker-registry.ts";
