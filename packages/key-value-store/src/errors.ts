/** What a node refuses or fails at. The RESP front gives Redis's own text where Redis has one. */
import { defineErrors } from "@tenfold/core";

export const keyValueErrors = defineErrors({
  wrong_type: {
    status: 409,
    title: "The key holds a value of another type",
  },
  not_an_integer: {
    status: 400,
    title: "The value is not an integer or does not fit 64 bits",
  },
  increment_overflow: {
    status: 400,
    title: "The sum does not fit 64 bits",
  },
  not_a_float: {
    status: 400,
    title: "The value is not a finite number",
  },
  key_too_long: {
    status: 400,
    title: "The key is longer than this store takes",
  },
  value_too_long: {
    status: 400,
    title: "The value is longer than this store takes",
  },
  context_invalid: {
    status: 400,
    title: "The context is not one this store gave for this key",
  },
  version_conflict: {
    status: 409,
    title: "The key has changed since the context was given",
  },
  too_many_siblings: {
    status: 409,
    title: "The key has as many concurrent values as it may; read it and write with the context",
  },
  quorum_unavailable: {
    status: 503,
    title: "Too few replicas answered in time; a write may still come into effect",
    retryable: true,
  },
  node_overloaded: {
    status: 503,
    title: "This node has as much waiting as it may",
    retryable: true,
  },
  node_read_only: {
    status: 503,
    title: "This node cannot write: its disk is full or failing",
    retryable: true,
  },
  node_unreachable: {
    status: 503,
    title: "The node does not answer",
    retryable: true,
  },
  folder_in_use: {
    status: 409,
    title: "Another node uses this data folder",
  },
  folder_unusable: {
    status: 500,
    title: "The data folder cannot be opened",
  },
  copies_differ: {
    status: 409,
    title: "The cluster keeps this bucket with another number of copies",
  },
  record_corrupt: {
    status: 500,
    title: "A stored record is damaged",
  },
  member_unknown: {
    status: 404,
    title: "The cluster has no such member",
  },
  member_needed: {
    status: 409,
    title: "The cluster cannot do without this member",
  },
  mode_unsupported: {
    status: 400,
    title: "The bucket's way of resolving writes cannot express this",
  },
});
