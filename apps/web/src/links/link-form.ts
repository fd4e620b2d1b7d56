/** The form of a link's settings, shared by creating and editing. */
import { useForm, type UseFormReturnType } from "@mantine/form";
import type { LinkValues } from "./link-values.ts";
import { ruleProblem } from "./rule-values.ts";

export type LinkForm = UseFormReturnType<LinkValues>;

/** Checks what needs no server; the rest comes back from it and is placed beside the fields. */
export function useLinkForm(initialValues: LinkValues): LinkForm {
  return useForm<LinkValues>({
    initialValues,
    validate: (values) => {
      const errors: Record<string, string> = {};
      if (values.url.trim() === "") errors["url"] = "Which address shall it lead to?";
      values.rules.forEach((rule, at) => {
        const problem = ruleProblem(rule);
        if (problem !== null) errors[`rules.${at}.shown`] = problem;
        if (rule.url.trim() === "") errors[`rules.${at}.url`] = "Where shall these visitors go?";
      });
      values.variants.forEach((variant, at) => {
        if (variant.url.trim() === "") errors[`variants.${at}.url`] = "Where does it lead?";
      });
      return errors;
    },
  });
}
