/**
 * Rules: which requests are limited, what is counted, and how. They are data
 * (YAML or JSON, see `parse.ts`), compiled once into a matcher, and swapped
 * while running.
 */
import type { Limit } from "../limit.ts";
import type { Charge } from "../limiter.ts";

/** What a request is known by. What is absent is matched by no rule that speaks of it. */
export interface Subject {
  readonly account?: string | undefined;
  /** Identifier of an API key; never the secret. */
  readonly key?: string | undefined;
  /** IPv4 or IPv6 in any notation. */
  readonly address?: string | undefined;
  /** Method and path pattern: `POST /v1/links/:id`. */
  readonly route?: string | undefined;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
}

/** A part of a subject, as rules name it; `header:x-tenant` for a header. */
export type Descriptor = "account" | "key" | "address" | "route" | `header:${string}`;

/** One rule, nesting resolved, as it is compiled and as the console shows it. */
export interface Rule {
  /** Its own name after those it is nested in: `api/sign-in`. */
  readonly name: string;
  /** Line of the file that it begins on, from 1. */
  readonly line: number;
  /** All must fit. An empty list applies to everything. */
  readonly match: readonly Condition[];
  /** What counters are told apart by. Empty: one counter for all. */
  readonly per: readonly Descriptor[];
  /** Bits of an address that count: everything within such a range is one client. */
  readonly ipv4Prefix: number;
  readonly ipv6Prefix: number;
  readonly limit: Limit;
  /** Of the rules of one group that fit a request, only those of the highest priority apply. */
  readonly group: string | undefined;
  readonly priority: number;
  readonly overrides: readonly Override[];
}

export interface Condition {
  readonly descriptor: Descriptor;
  /** One must fit. `*` stands for any run of characters; for addresses: ranges as `10.0.0.0/8`. */
  readonly patterns: readonly string[];
}

/** Another limit for one counter of a rule; `undefined` frees it. */
export interface Override {
  /** The values of the rule's `per`, in its order. */
  readonly values: readonly string[];
  readonly limit: Limit | undefined;
}

/** Rules made ready. Immutable: a reload swaps it whole, and counters live on by their names. */
export interface RuleSet {
  readonly rules: readonly Rule[];
  /** What a request is charged, in the order of the rules; empty when nothing applies. */
  match(subject: Subject, cost?: number): readonly Charge[];
}

/** The rules in force, swapped whole while requests run. */
export interface RuleBook {
  readonly current: RuleSet;
  match(subject: Subject, cost?: number): readonly Charge[];
  swap(next: RuleSet): void;
}

export function createRuleBook(initial: RuleSet): RuleBook {
  let current = initial;
  return {
    get current() {
      return current;
    },
    match: (subject, cost) => current.match(subject, cost),
    swap(next) {
      current = next;
    },
  };
}
