/** What can go wrong with editing the platform's limits. */
import { defineErrors } from "@tenfold/core";

export const limitErrors = defineErrors({
  limit_rule_unknown: { status: 404, title: "There is no such rule" },
  limit_edit_invalid: { status: 422, title: "The rule cannot be changed like this" },
  limit_rules_file_invalid: { status: 400, title: "The rules file has mistakes" },
});
