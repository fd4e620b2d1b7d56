export type { Fetched, FetchOptions, Outbound } from "./outbound.ts";
export { createOutbound, type OutboundDeps, type OutboundOptions } from "./guard.ts";
export { outboundErrors } from "./errors.ts";
export { parseTarget } from "./target.ts";
export type { Resolve } from "./addresses.ts";
