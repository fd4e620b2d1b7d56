/**
 * Answers the web server: from a request to its charges, from their decision to
 * what the caller is told. In memory everything happens in the same turn.
 */
import type { Admission, LimitedRequest, RequestLimiter } from "@tenfold/http";
import {
  joinDecisions,
  type Charge,
  type Decision,
  type JointDecision,
  type Limiter,
  type Reservation,
  type RuleSet,
  type Subject,
} from "@tenfold/rate-limiter";
import {
  limitField,
  policyField,
  refusalDetail,
  retryAfterSeconds,
} from "@tenfold/rate-limiter/http";
import type { Traffic } from "./traffic.ts";

/**
 * The route that bad credentials are charged to: rules that name it are asked
 * before a token is looked up, and always count in this process alone.
 */
export const BAD_CREDENTIALS_ROUTE = "AUTH failed";

export interface CompiledRules {
  readonly requests: RuleSet;
  readonly credentials: RuleSet;
  /** Whether any of them looks at a header: Node parses headers when they are first read. */
  readonly readHeaders: boolean;
}

export interface AdmissionDeps {
  /** The rules in force; swapped whole. */
  rules: () => CompiledRules;
  /** Where requests are counted. */
  limiter: Limiter;
  /** The same counters, asked in blocks: for routes that must not wait. */
  quickLimiter: Limiter;
  /** Routes that ask the quick one. */
  quickRoutes: ReadonlySet<string>;
  /** Counts bad credentials; in memory. */
  local: Limiter<"now">;
  traffic: Traffic;
}

export function createAdmission(deps: AdmissionDeps): RequestLimiter {
  const { rules, limiter, quickLimiter, quickRoutes, local, traffic } = deps;
  const conclude = (charges: readonly Charge[], decision: JointDecision): Decided => {
    traffic.note(charges, decision);
    return new Decided(charges, decision);
  };
  const credentials = (address: string, cost: number): Decided => {
    const subject = { address, route: BAD_CREDENTIALS_ROUTE };
    const charges = rules().credentials.match(subject, cost);
    return new Decided(charges, local.consumeAll(charges));
  };

  return {
    admit(request) {
      const { requests, readHeaders } = rules();
      const charges = requests.match(subjectOf(request, readHeaders ? request.headers : undefined));
      if (charges.length === 0) return unlimited;
      const asked = quickRoutes.has(request.route) ? quickLimiter : limiter;
      for (const { limit } of charges) {
        if (limit.algorithm === "concurrency") return reserve(asked, charges, conclude);
      }
      const only = charges[0];
      if (charges.length === 1 && only !== undefined && !only.limit.shadow) {
        const answer = asked.consume(only.limit, only.key, only.cost);
        return answer instanceof Promise
          ? answer.then((decision) => conclude(charges, jointOf(decision)))
          : conclude(charges, jointOf(answer));
      }
      const answer = asked.consumeAll(charges);
      return answer instanceof Promise
        ? answer.then((decision) => conclude(charges, decision))
        : conclude(charges, answer);
    },
    mayTryCredentials(address) {
      const decided = credentials(address, 0);
      if (decided.allowed) return undefined;
      traffic.note(decided.charges, decided.decision);
      return decided;
    },
    noteBadCredentials(address) {
      const { charges, decision } = credentials(address, 1);
      traffic.note(charges, decision);
    },
  };
}

/** One limit's answer as that of several, which it is for a redirect: no list is walked. */
const jointOf = (decision: Decision): JointDecision => joinDecisions([decision], none);
const none: readonly Decision[] = Object.freeze([]);

function reserve(
  limiter: Limiter,
  charges: readonly Charge[],
  conclude: (charges: readonly Charge[], decision: JointDecision) => Decided,
): Admission | Promise<Admission> {
  const held = limiter.reserve(charges);
  const finish = (reservation: Reservation): Admission =>
    Object.assign(conclude(charges, reservation.decision), {
      settle: () => reservation.settle(),
    });
  return held instanceof Promise ? held.then(finish) : finish(held);
}

const unlimited: Admission = Object.freeze({ allowed: true, addFields: () => undefined });

/** A plain object: rules read it by name, which is slow where a name is a getter. */
function subjectOf({ route, address, principal }: LimitedRequest, headers: Subject["headers"]) {
  return {
    account: principal?.accountId,
    key: principal?.via === "key" ? principal.credentialId : undefined,
    address,
    route,
    headers,
  };
}

/** A decision in the web server's words, put together only when they are wanted. */
class Decided implements Admission {
  readonly charges: readonly Charge[];
  readonly decision: JointDecision;

  constructor(charges: readonly Charge[], decision: JointDecision) {
    this.charges = charges;
    this.decision = decision;
  }

  get allowed(): boolean {
    return this.decision.allowed;
  }
  get retryAfterSeconds(): number | undefined {
    return retryAfterSeconds(this.decision);
  }
  get detail(): string {
    return refusalDetail(this.decision);
  }
  addFields(headers: Record<string, string>): void {
    const policy = policyField(this.charges);
    const limit = limitField(this.charges, this.decision);
    if (policy !== undefined) headers["ratelimit-policy"] = policy;
    if (limit !== undefined) headers["ratelimit"] = limit;
  }
}
