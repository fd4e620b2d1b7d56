/** What can be wrong with a command line or with how the parts are put together. */
import { defineErrors } from "@tenfold/core";

export const cliErrors = defineErrors({
  usage: { status: 400, title: "The command line is not understood" },
  module_unknown: { status: 400, title: "There is no such system" },
  second_process_without_redis: {
    status: 409,
    title: "Another process serves this database, and they share no Redis",
  },
  port_in_use: { status: 409, title: "The port is taken" },
  web_build_failed: { status: 500, title: "The web app could not be built" },
  account_missing: { status: 404, title: "There is no such account" },
});
