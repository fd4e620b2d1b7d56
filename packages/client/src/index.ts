/** `@tenfold/client`: a typed HTTP client whose types come from the route tables. */
export { allPages, createClient, type Client, type ClientOptions } from "./client.ts";
export { ApiProblem, type FieldProblem, type ProblemFacts } from "./problem.ts";
export type {
  CallArguments,
  CallExtras,
  CallOf,
  ItemOf,
  ListKey,
  ReplyOf,
  RouteShape,
  TableShape,
} from "./table.ts";
