/** The error codes of this piece. */
import { defineErrors } from "@tenfold/core";

export const sqlErrors = defineErrors({
  data_folder_in_use: { status: 500, title: "Another process uses this data folder" },
  data_folder_unreachable: { status: 500, title: "The database cannot reach its data folder" },
  data_folder_unusable: { status: 500, title: "The data folder cannot be used" },
  data_folder_version: { status: 500, title: "The data folder is of another PostgreSQL version" },
  migration_failed: { status: 500, title: "A migration failed and was rolled back" },
  migration_order: { status: 500, title: "The migrations do not match those applied" },
  postgres_binaries_missing: { status: 500, title: "The PostgreSQL binaries are not installed" },
  postgres_start_failed: { status: 500, title: "PostgreSQL did not start" },
  sql_conflict: { status: 503, title: "Two transactions conflicted; try again", retryable: true },
  sql_full: { status: 507, title: "The database has no room left" },
  sql_text_invalid: { status: 400, title: "Text holds characters that cannot be stored" },
  sql_timeout: { status: 503, title: "A database query took too long", retryable: true },
  sql_unavailable: { status: 503, title: "The database cannot be reached", retryable: true },
  sql_unsupported: { status: 500, title: "This PostgreSQL server cannot be used" },
});
