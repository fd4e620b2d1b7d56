/**
 * Rules of the store that can be taken out, one at a time, to see that seeds notice.
 *
 * A mutation is a piece of a source file and what stands there instead. It is put
 * in while the module is loaded: no file changes, and the store knows nothing of it.
 */
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { readFileSync } from "node:fs";
import type { runSeed } from "./run.ts";

export interface Mutation {
  readonly name: string;
  /** Below `src/`. */
  readonly file: string;
  /** Must stand in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** The first seed that noticed when it was last tried; none of many hundred for `undefined`. */
  readonly seed: number | undefined;
}

export const mutations: readonly Mutation[] = [
  {
    name: "fsync before the answer",
    file: "node/replica.ts",
    from: `sync: durability === "disk" }`,
    to: "sync: false }",
    seed: 1,
  },
  {
    name: "fsync of a hint",
    file: "node/hints.ts",
    from: "{ sync: true }",
    to: "{ sync: false }",
    seed: 2,
  },
  {
    name: "dropping what is known to be gone",
    file: "node/merging.ts",
    from: "join(before, dropKnown(cell, before, known))",
    to: "join(before, cell)",
    seed: 348,
  },
  {
    name: "dropping what is known to be gone while reading",
    file: "node/known.ts",
    from: "dropKnown(left,",
    to: "((kept) => kept)(left,",
    seed: undefined,
  },
  {
    name: "asking all owners before a purge",
    file: "node/anti-entropy.ts",
    from: "others.every(",
    to: "((_: unknown) => true)(",
    seed: 598,
  },
  {
    name: "the purge's own clock",
    file: "node/anti-entropy.ts",
    from: "coversAll(own, cell.clock) &&",
    to: "",
    seed: undefined,
  },
  {
    name: "no new knowledge after a write that failed",
    file: "node/pending.ts",
    from: "failure ??= { error };",
    to: "",
    seed: undefined,
  },
  {
    name: "keeping no cell that was written while it was read",
    file: "node/hot-cells.ts",
    from: "if (reading.get(name) === mine) add(name, record);",
    to: "add(name, record);",
    seed: undefined,
  },
  {
    name: "forgetting a hot cell that is deleted",
    file: "node/hot-cells.ts",
    from: "for (const { key } of changes) if (isCellKey(key)) forget(nameOf(key));",
    to: "",
    seed: 2,
  },
  {
    name: "forgetting a hot cell whose write failed",
    file: "node/pending.ts",
    from: "failed(name);",
    to: "",
    seed: 4,
  },
  {
    name: "waiting for what a merge found",
    file: "node/merging.ts",
    from: "const found = pending.ofAny(places);",
    to: "const found = undefined;",
    seed: 206,
  },
  {
    name: "waiting for what a merge in memory found",
    file: "node/merging.ts",
    from: "const found = pending.of(name);",
    to: "const found = undefined;",
    seed: 22,
  },
  {
    name: "comparing versions before one is confirmed",
    file: "node/answer.ts",
    from: "held !== undefined && compareDots(held, dot) === 0",
    to: "held !== undefined || compareDots(dot, dot) !== 0",
    seed: 34,
  },
  {
    name: "confirming nothing that is on its way to the disk",
    file: "node/replica.ts",
    from: "pending.has(name) ? undefined : hot.record(name)",
    to: "hot.record(name)",
    seed: undefined,
  },
];

/** Source text with the mutation in it. Throws when the piece is not there, or twice. */
export function mutated(text: string, { name, from, to }: Mutation): string {
  if (text.split(from).length !== 2) {
    throw new RangeError(`mutation "${name}": its piece must stand in its file once`);
  }
  return text.replace(from, () => to);
}

/** Loads the simulation with one rule taken out. Once in a process or worker, before any other load of it. */
export async function loadMutated(name: string | undefined): Promise<{ runSeed: typeof runSeed }> {
  if (name !== undefined) {
    const mutation = mutations.find((each) => each.name === name);
    if (mutation === undefined) throw new RangeError(`there is no mutation "${name}"`);
    const url = new URL(`../${mutation.file}`, import.meta.url).href;
    registerHooks({
      load(loaded, context, nextLoad) {
        if (loaded !== url) return nextLoad(loaded, context);
        const source = mutated(readFileSync(fileURLToPath(url), "utf8"), mutation);
        return { format: "module-typescript", shortCircuit: true, source };
      },
    });
  }
  return import("./run.ts");
}
