/** Good and bad calls of the key-value store's routes. */
import type { KeyValueRoutes } from "@tenfold/key-value/contract";
import type { BadCall, Entry } from "./entry.ts";
import type { World } from "./world.ts";

type Api = World["admin"]["api"];

/** Nodes of the process that stay, the first one apart. */
async function spareNodes(api: Api): Promise<string[]> {
  const { ring } = (await api("GET /v1/key-value")).body;
  const staying = (ring?.members ?? []).filter(
    ({ isLocal, state }) => isLocal && state !== "leaving",
  );
  return staying.slice(1).map(({ name }) => name);
}

/** One that may go: started only when there is none, since each takes its memory. */
async function spareNode({ admin: { api } }: World): Promise<{ name: string }> {
  const [name] = await spareNodes(api);
  return name === undefined ? (await api("POST /v1/key-value/nodes")).body : { name };
}

/** Room for one more node: what earlier calls have started is removed. */
async function makeRoom({ admin: { api } }: World): Promise<void> {
  for (const name of await spareNodes(api)) {
    await api("DELETE /v1/key-value/nodes/{name}", { params: { name } });
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
