/** The answer of a bulk create, as the contract has it. */
import type { BulkResult as BulkResultSchema } from "@tenfold/url-shortener/contract";
import type { Static } from "typebox";

export type BulkResult = Static<typeof BulkResultSchema>;
