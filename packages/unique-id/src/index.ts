/** `@tenfold/unique-id`: numbers that are given out once, and how they are written. */
export * from "./base62.ts";
export * from "./capacity.ts";
export * from "./errors.ts";
export * from "./permutation.ts";
export * from "./segment.ts";
export * from "./snowflake-layout.ts";
export * from "./snowflake.ts";
export * from "./worker-registry.ts";
