export * from "./sql.ts";
export * from "./open-sql.ts";
export { sqlErrors } from "./errors.ts";
export { violatedConstraint, type Violation } from "./failures.ts";
export { defaultDataFolder } from "./embedded/account.ts";
export {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from "./embedded/embedded-postgres.ts";
export { runningConnectionString } from "./embedded/connection.ts";
