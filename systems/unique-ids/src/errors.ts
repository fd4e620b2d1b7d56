/** What can go wrong with unique IDs beyond what the package's own table says. */
import { defineErrors } from "@tenfold/core";

export const idErrors = defineErrors({
  id_not_made_yet: { status: 404, title: "No ID of this time can have been made yet" },
});
