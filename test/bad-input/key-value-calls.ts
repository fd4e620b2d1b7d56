/** Good and bad calls of the key-value store's routes. */
import type { KeyValueRoutes } from "@tenfold/key-value/contract";
import { untilEqual } from "../support/until.ts";
import type { BadCall, Entry } from "./entry.ts";
import type { World } from "./world.ts";

/** Nodes of the process that stay, the first one apart. A drain that is under way ends before. */
async function spareNodes({ admin: { api }, digest }: World): Promise<string[]> {
  const names: string[] = [];
  const isAtRest = async (): Promise<boolean> => {
    const { ring } = (await api("GET /v1/key-value")).body;
    const own = (ring?.members ?? []).filter(({ isLocal }) => isLocal);
    names.splice(0, Infinity, ...own.map(({ name }) => name));
    // A row goes a moment after its node.
    const rows = Number((await digest.read())["key_value.nodes"]?.split(" ")[0]);
    return rows === own.length && own.every(({ state }) => state !== "leaving");
  };
  await untilEqual(isAtRest, true, 120_000);
  return names.slice(1);
}

/** One that may go: started only when there is none, since each takes its memory. */
async function spareNode(world: World): Promise<{ name: string }> {
  const [name] = await spareNodes(world);
  return name === undefined ? (await world.admin.api("POST /v1/key-value/nodes")).body : { name };
}

/** Room for one more node: what earlier calls have started is removed. */
async function makeRoom(world: World): Promise<void> {
  for (const name of await spareNodes(world)) {
    await world.admin.api("DELETE /v1/key-value/nodes/{name}", { params: { name } });
  }
}

const noNode: BadCall = {
  name: "a node that there is not",
  params: { name: "none" },
  status: 404,
  code: "kv_node_unknown",
};

export const keyValueCalls: Readonly<Record<keyof KeyValueRoutes, Entry>> = {
  "GET /v1/key-value": { good: () => ({}) },
  "POST /v1/key-value/nodes": {
    async good(world) {
      await makeRoom(world);
      return {};
    },
  },
  "POST /v1/key-value/nodes/{name}/drain": {
    good: async (world) => ({ params: await spareNode(world) }),
    bad: () => [noNode],
  },
  "DELETE /v1/key-value/nodes/{name}": {
    good: async (world) => ({ params: await spareNode(world) }),
    bad: () => [noNode],
  },
  "POST /v1/key-value/repair": { good: () => ({}) },
};
