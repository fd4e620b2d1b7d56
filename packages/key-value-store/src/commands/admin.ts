/** What operators ask: our own commands, so that the CLI and the console need no second protocol. */
import type { Admin } from "../admin.ts";
import { OK, type Reply } from "../resp/reply.ts";
import type { Arguments } from "./arguments.ts";
import type { CommandSpec, Handler } from "./command.ts";
import { refuse } from "./refusal.ts";

const common = { group: "server", since: "7.0.0", flags: ["admin"] } as const;

export const adminCommands: readonly CommandSpec[] = [
  {
    ...common,
    name: "kv.status",
    arity: 1,
    summary: "The node and the cluster as it sees it, as JSON",
    run: asked(async (admin) => JSON.stringify(await admin.status())),
  },
  {
    ...common,
    name: "kv.metrics",
    arity: 1,
    summary: "Figures in the text format of Prometheus",
    run: asked(async (admin) => ({ verbatim: await admin.metrics() })),
  },
  {
    ...common,
    name: "kv.rebalance",
    arity: 1,
    summary: "Plan ownership anew; answers how many partitions will move",
    run: asked(async (admin) => (await admin.rebalance()).moves),
  },
  {
    ...common,
    name: "kv.drain",
    arity: 2,
    summary: "Hand a node's partitions to others, then let it go",
    run: asked(async (admin, args) => {
      await admin.drain(args.text());
      return OK;
    }),
  },
  {
    ...common,
    name: "kv.remove",
    arity: 2,
    summary: "Let a node go that will not come back",
    run: asked(async (admin, args) => {
      await admin.remove(args.text());
      return OK;
    }),
  },
  {
    ...common,
    name: "kv.repair",
    arity: 1,
    summary: "Compare all partitions of this node with their other owners now",
    run: asked(async (admin) => {
      const { partitions, cellsRepaired } = await admin.repair();
      return {
        map: [
          ["partitions", partitions],
          ["cells_repaired", cellsRepaired],
        ],
      };
    }),
  },
  {
    ...common,
    name: "kv.backup",
    arity: 2,
    summary: "Copy what this node holds into a new folder on its own disk",
    run: asked(async (admin, args) => {
      const { cells, bytes } = await admin.backup(args.bytes().toString());
      return {
        map: [
          ["cells", cells],
          ["bytes", bytes],
        ],
      };
    }),
  },
];

function asked(answer: (admin: Admin, args: Arguments) => Promise<Reply>): Handler {
  return (args, { front }) =>
    front.admin === undefined
      ? refuse("This server has nothing to administer")
      : answer(front.admin, args);
}
