/** What can go wrong with limits and rules. A refusal is not an error: it is a decision. */
import { defineErrors } from "@tenfold/core";

export const rateLimiterErrors = defineErrors({
  limit_invalid: {
    status: 400,
    title: "A limit that makes no sense",
  },
  charge_invalid: {
    status: 400,
    title: "A charge that cannot be counted",
  },
  rules_invalid: {
    status: 400,
    title: "The rules have mistakes",
  },
  address_invalid: {
    status: 400,
    title: "Not an address or a range of addresses",
  },
  limits_apart: {
    status: 500,
    title: "Limits of one call lie on different nodes of the Redis cluster",
  },
});
