/** What the rate limits can be told. */
import { integerSetting, readSettings, textSetting } from "@tenfold/core";

export interface RateLimitsOptions {
  /** The operator's rules; they are added to the default ones and replace those of the same name. */
  file: string | undefined;
  /** How often the file's time and the edits' revision are looked at. */
  pollMs: number;
  /** Hottest keys shown per rule. */
  hottestMax: number;
  /** Processes that a limit is divided by while Redis does not answer. */
  replicas: number;
  /** No decision waits longer for Redis. */
  deadlineMs: number;
  /** Routes that never wait for Redis: they take quota in blocks. */
  quickRoutes: readonly string[];
}

export const rateLimitsDefaults: Readonly<RateLimitsOptions> = Object.freeze({
  file: undefined,
  pollMs: 1_000,
  hottestMax: 10,
  replicas: 2,
  deadlineMs: 5,
  quickRoutes: Object.freeze(["GET /{code}", "HEAD /{code}", "GET /app/*", "(no route)"]),
});

/** The settings an operator may give. */
export const rateLimitsSettings = {
  TENFOLD_RATE_LIMIT_REPLICAS: integerSetting({
    help: "Processes that serve requests: while Redis does not answer, each grants this part of a limit",
    default: 2,
    min: 1,
    max: 1_000,
  }),
  TENFOLD_RATE_LIMITS: textSetting({
    help: "A file with rate limits (YAML or JSON); its rules are added to the default ones and replace those of the same name. Read again when it changes",
    default: undefined,
  }),
};

/** Options from the environment. */
export function fromEnv(
  source: Readonly<Record<string, string | undefined>>,
): Partial<RateLimitsOptions> {
  const values = readSettings(rateLimitsSettings, source);
  return { file: values.TENFOLD_RATE_LIMITS, replicas: values.TENFOLD_RATE_LIMIT_REPLICAS };
}
