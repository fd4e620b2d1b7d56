/** How the commands reach a node: by its address for clients, with the password from the environment. */
import { systemClock } from "@tenfold/core";
import { openKvClient, RespError, type KvClient } from "@tenfold/key-value-store/client";
import type { CommandCall, FlagSpec } from "../cli/command.ts";
import { cliErrors } from "../errors.ts";
import { parseAddress } from "./address.ts";

export const nodeFlag = {
  node: {
    value: "host:port",
    help: "Any node of the cluster, where clients connect (default 127.0.0.1:7001)",
    env: "TENFOLD_KV_LISTEN",
  },
} satisfies Record<string, FlagSpec>;

/** Asks the node that the flags name. What it refuses is told as it said it. */
export async function askNode<Result>(
  { flags, env }: Pick<CommandCall, "flags" | "env">,
  use: (client: KvClient) => Promise<Result>,
  { deadlineMs = 10_000 } = {},
): Promise<Result> {
  const named = flags["node"];
  const text = typeof named === "string" ? named : (env["TENFOLD_KV_LISTEN"] ?? "127.0.0.1:7001");
  const password = env["TENFOLD_KV_PASSWORD"];
  const address = parseAddress(text, "--node");
  try {
    using client = await openKvClient({ clock: systemClock }, { ...address, password, deadlineMs });
    return await use(client);
  } catch (error) {
    if (!(error instanceof RespError)) throw error;
    const hint =
      error.code === "NOAUTH" || error.code === "WRONGPASS"
        ? { hint: "Give the password as TENFOLD_KV_PASSWORD." }
        : {};
    throw cliErrors.kv_refused({ detail: `${text} refused: ${error.message}.`, ...hint });
  }
}
