/** `@tenfold/core`: what every floor stands on. It imports nothing. */
export * from "./clock.ts";
export * from "./errors.ts";
export * from "./free-port.ts";
export * from "./lifecycle.ts";
export * from "./log.ts";
export * from "./metrics.ts";
export * from "./random.ts";
export * from "./settings.ts";
