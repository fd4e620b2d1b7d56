/** Where the checkout lies, and what is kept inside it. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout's root, without a slash at the end. */
export const workspaceRoot: string = fileURLToPath(new URL("../../..", import.meta.url)).replace(
  /\/$/,
  "",
);

/**
 * What Node compiled of our sources, kept from one start to the next: loading
 * the platform takes half the time. Not in the shared temporary folder, where
 * other users of the machine could put code of theirs.
 */
export const compileCacheFolder: string = join(workspaceRoot, "node_modules/.cache/tenfold");
