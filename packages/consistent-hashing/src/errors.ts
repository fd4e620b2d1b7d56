/** What can go wrong with data from outside. Options that make no sense are a RangeError. */
import { defineErrors } from "@tenfold/core/errors";

export const consistentHashingErrors = defineErrors({
  partition_table_invalid: {
    status: 400,
    title: "Not a partition table",
  },
});
