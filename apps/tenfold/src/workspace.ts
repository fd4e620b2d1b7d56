import { fileURLToPath } from "node:url";

/** The checkout's root, without a slash at the end. */
export const workspaceRoot: string = fileURLToPath(new URL("../../..", import.meta.url)).replace(
  /\/$/,
  "",
);
