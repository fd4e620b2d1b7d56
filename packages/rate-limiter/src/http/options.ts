/** What the middleware and the plugin share. */
import type { Clock } from "@tenfold/core";
import type { JointDecision } from "../decision.ts";
import type { Charge, Limiter } from "../limiter.ts";
import type { Subject } from "../rules/rule.ts";
import { limitField, policyField, retryAfterSeconds, type PartitionKeyOf } from "./fields.ts";
import { PROBLEM_TYPE, quotaProblem } from "./problem.ts";
import type { QueueOptions } from "./queue.ts";

export interface HttpLimitDeps {
  limiter: Limiter;
  /** A rule set, or a rule book whose set is swapped while running. */
  rules: { match(subject: Subject, cost?: number): readonly Charge[] };
  clock: Clock;
}

export interface HttpLimitOptions<Request> {
  /** What a request is known by; by default its address, its route and its headers. */
  subjectOf?: (request: Request) => Subject;
  /** Units that a request costs; by default 1. */
  costOf?: (request: Request) => number;
  /** Who is refused waits, up to a bound, instead of being told to come back. Absent: never. */
  queue?: Partial<QueueOptions>;
  /** Adds `pk` to both fields; absent, none is sent. */
  partitionKeyOf?: PartitionKeyOf;
  /** On refusals only, the fields tell less and cost nothing elsewhere. Default "all". */
  fieldsOn?: "all" | "refusals";
  /** Replaces the problem+json body of a refusal. */
  problemOf?: (decision: JointDecision, request: Request) => object;
}

/** The headers for an answer, refused or not. */
export function limitHeaders(
  charges: readonly Charge[],
  decision: JointDecision,
  options: Pick<HttpLimitOptions<never>, "partitionKeyOf" | "fieldsOn">,
): Record<string, string> {
  const headers: Record<string, string> = {};
  if (decision.allowed && options.fieldsOn === "refusals") return headers;
  const policy = policyField(charges, options.partitionKeyOf);
  const limit = limitField(charges, decision, options.partitionKeyOf);
  if (policy !== undefined) headers["ratelimit-policy"] = policy;
  if (limit !== undefined) headers["ratelimit"] = limit;
  return headers;
}

/** A refusal: its headers and its body. Never kept by a cache. */
export function refusalOf<Request>(
  request: Request,
  decision: JointDecision,
  options: HttpLimitOptions<Request>,
): { headers: Record<string, string>; body: string } {
  const headers: Record<string, string> = {
    "content-type": PROBLEM_TYPE,
    "cache-control": "no-store",
  };
  const seconds = retryAfterSeconds(decision);
  if (seconds !== undefined) headers["retry-after"] = String(seconds);
  const problem = (options.problemOf ?? quotaProblem)(decision, request);
  return { headers, body: JSON.stringify(problem) };
}
