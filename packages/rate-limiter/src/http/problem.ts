/** A refusal as RFC 9457 problem+json, of the type that the draft registers for it. */
import type { JointDecision } from "../decision.ts";
import { retryAfterSeconds } from "./fields.ts";

/** The media type of a refusal. */
export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

/** Section 4.1 of draft-ietf-httpapi-ratelimit-headers-10. */
export const QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded";

export interface QuotaProblem {
  type: string;
  title: string;
  status: 429;
  detail: string;
  code: "rate_limited";
  /** Names of the rules that refused. */
  "violated-policies": readonly string[];
}

/** What a caller who was refused is told. */
export function quotaProblem(decision: JointDecision): QuotaProblem {
  return {
    type: QUOTA_EXCEEDED,
    title: "Too many requests",
    status: 429,
    detail: refusalDetail(decision),
    code: "rate_limited",
    "violated-policies": violatedPolicies(decision),
  };
}

/** Names of the limits that refused. */
export function violatedPolicies(decision: JointDecision): readonly string[] {
  const refused = decision.parts.filter(({ allowed }) => !allowed).map(({ rule }) => rule);
  return refused.includes(decision.rule) ? refused : [decision.rule, ...refused];
}

/** One sentence: which limit, and when to come back. */
export function refusalDetail(decision: JointDecision): string {
  const seconds = retryAfterSeconds(decision);
  const when =
    seconds === undefined ? "This request can never fit it." : `Try again in ${seconds} s.`;
  return `The limit "${decision.rule}" of ${decision.limit} is used up. ${when}`;
}
