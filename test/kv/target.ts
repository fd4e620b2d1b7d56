/** A store under test, as its processes and the links between them. */

/** What can happen to a target. `replace` gives a node an empty disk, `fill` takes the room on it. */
export type Fault =
  | {
      readonly kind: "kill" | "restart" | "pause" | "isolate" | "replace" | "fill";
      readonly node: string;
    }
  | { readonly kind: "cut"; readonly from: string; readonly to: string };

export type FaultKind = Fault["kind"];

export interface Target extends AsyncDisposable {
  readonly name: string;
  /** Those that hold data. */
  readonly nodes: readonly string[];
  readonly faults: readonly FaultKind[];
  /** Where a client may go now; several when it may choose. */
  endpoints(): Promise<readonly number[]>;
  inject(fault: Fault): Promise<void>;
  /** Links are whole and processes run. Does not wait for them. */
  heal(): Promise<void>;
  /** Resolves when it serves and has nothing left to repair. */
  settle(): Promise<void>;
}

/** Asks until it is so; rejects when `withinMs` have passed. */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  withinMs: number,
): Promise<void> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    if (await isSo().catch(() => false)) return;
    if (performance.now() > endMs) throw new Error(`${what}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
