/** What a person may choose as a code. */
import type { TenfoldError } from "@tenfold/core";
import { linkErrors } from "../errors.ts";
import { isReserved } from "./reserved.ts";
import { isRudeSlug } from "./rude-words.ts";

/** Letters, digits, `-` and `_`; begins with a letter or digit; 1 to 64 characters. */
export const slugPattern = /^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$/;

/** What is wrong with a slug of the right shape; `undefined` when nothing is. */
export function slugProblem(slug: string): TenfoldError | undefined {
  const fields = [{ field: "/slug", detail: "cannot be used" }];
  if (isReserved(slug)) {
    return linkErrors.slug_reserved({
      detail: `"${slug}" is kept for the service itself.`,
      fields,
    });
  }
  if (isRudeSlug(slug)) {
    return linkErrors.slug_refused({
      detail: `"${slug}" reads as a rude word.`,
      hint: "Choose another.",
      fields,
    });
  }
  return undefined;
}
