/** What can be wrong with a command line or with how the parts are put together. */
import { defineErrors } from "@tenfold/core";

export const cliErrors = defineErrors({
  usage: { status: 400, title: "The command line is not understood" },
  second_process_without_redis: {
    status: 409,
    title: "Another process serves this database, and they share no Redis",
  },
  port_in_use: { status: 409, title: "The port is taken" },
  address_refused: { status: 400, title: "Nothing can listen at this address" },
  kv_refused: { status: 409, title: "A node of the key-value store refused" },
  kv_node_ended: { status: 500, title: "A node of the key-value store ended by itself" },
  pack_failed: { status: 500, title: "A package could not be packed" },
  web_build_failed: { status: 500, title: "The web app could not be built" },
});
