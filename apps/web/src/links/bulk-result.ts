/** The answer of a bulk create, as the contract has it. */
import type { ReplyOf } from "@tenfold/client";
import type { LinkRoutes } from "@tenfold/url-shortener/contract";

export type BulkResult = ReplyOf<LinkRoutes["POST /v1/links/bulk"]>["body"];
