import { defineErrors } from "@tenfold/core";

/** The engine being away is not among them: that never throws. */
export const stateErrors = defineErrors({
  state_url_invalid: { status: 500, title: "The address of Redis cannot be read" },
});
