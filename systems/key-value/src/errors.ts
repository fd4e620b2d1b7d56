/** What can go wrong with running the store's nodes from the console. */
import { defineErrors } from "@tenfold/core";

export const keyValueSystemErrors = defineErrors({
  kv_node_unknown: { status: 404, title: "There is no such node" },
  kv_node_needed: { status: 409, title: "The node cannot go: too few would be left" },
  kv_nodes_elsewhere: { status: 409, title: "The nodes are not run by this platform" },
  kv_nodes_too_many: { status: 409, title: "One process runs no more nodes" },
  kv_absent: { status: 503, title: "This process has no key-value store" },
});
