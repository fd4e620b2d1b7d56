/** Good and bad calls of the key-value store's routes. */
import type { KeyValueRoutes } from "@tenfold/key-value/contract";
import type { BadCall, Entry } from "./entry.ts";
import type { World } from "./world.ts";

/** More would be refused, and each takes its memory. */
const NODES_MAX = 3;

/** Room for one more node: what earlier calls have started is removed. */
async function makeRoom({ admin }: World): Promise<void> {
  const { ring } = (await admin.api("GET /v1/key-value")).body;
  for (const { name } of ring?.members.slice(NODES_MAX - 1) ?? []) {
    await admin.api("DELETE /v1/key-value/nodes/{name}", { params: { name } });
  }
}

async function oneMore(world: World): Promise<{ name: string }> {
  await makeRoom(world);
  return (await world.admin.api("POST /v1/key-value/nodes")).body;
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
    good: async (world) => ({ params: await oneMore(world) }),
    bad: () => [noNode],
  },
  "DELETE /v1/key-value/nodes/{name}": {
    good: async (world) => ({ params: await oneMore(world) }),
    bad: () => [noNode],
  },
  "POST /v1/key-value/repair": { good: () => ({}) },
};
