/** Knowing that a caller has gone while their request waits. */
import type { ServerResponse } from "node:http";

class CallerGone extends Error {
  override readonly name = "CallerGone";
}

/** Aborted when the connection closes before the answer was sent. */
export function goneSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const gone = (): void => controller.abort(new CallerGone("the caller went away"));
  if (response.destroyed) gone();
  response.once("close", () => {
    if (!response.writableFinished) gone();
  });
  return controller.signal;
}

export const isGone = (error: unknown): boolean => error instanceof CallerGone;
