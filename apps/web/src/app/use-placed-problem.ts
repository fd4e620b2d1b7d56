/** What a form does with a call that failed. */
import type { UseFormReturnType } from "@mantine/form";
import { useState } from "react";
import { placeProblem, type Placing } from "./problems.ts";

export interface PlacedProblem {
  /** What belongs to no field, for a notice below them. */
  unplaced: unknown;
  /** For `onMutate`: the next try begins without the last one's problem. */
  clear: () => void;
  /** For `onError`: puts it beside the fields it names; answers what found no place. */
  place: (error: unknown) => unknown;
}

/** Keeps the part of the last problem that no field shows. */
export function usePlacedProblem<Values, Sent>(
  form: UseFormReturnType<Values, Sent>,
  placing: Placing,
): PlacedProblem {
  const [unplaced, setUnplaced] = useState<unknown>();
  return {
    unplaced,
    clear: () => setUnplaced(undefined),
    place(error) {
      const rest = placeProblem(form, error, placing);
      setUnplaced(rest);
      return rest;
    },
  };
}
