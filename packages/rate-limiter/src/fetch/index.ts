/** `@tenfold/rate-limiter/fetch`: a `fetch` that obeys rate limits. Runs in browsers. */
export {
  createPoliteFetch,
  politeDefaults,
  type Fetch,
  type PoliteDeps,
  type PoliteOptions,
} from "./polite-fetch.ts";
export { exhaustedMs, parseRateLimit, toldWaitMs, type ServiceLimit } from "./told.ts";
