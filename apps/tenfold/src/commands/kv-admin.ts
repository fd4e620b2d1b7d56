/** `./tenfold kv status, rebalance, drain, remove, repair, backup`: one question to a node each. */
import type { NodeStatus } from "@tenfold/key-value-store/client";
import type { Command } from "../cli/command.ts";
import { askNode, nodeFlag } from "../kv/ask-node.ts";
import { oneName } from "../kv/one-name.ts";
import { renderKvStatus } from "../kv/status-text.ts";

/** Whole partitions are compared or handed over meanwhile. */
const LONG_MS = 3_600_000;

const kvStatusCommand: Command = {
  name: "kv status",
  summary: "Nodes, who owns what, hints, repair and moves, as one node sees them",
  flags: { ...nodeFlag, json: { help: "As the node says it, for programs" } },
  examples: [
    "./tenfold kv status",
    "./tenfold kv status --node 10.0.0.1:7001",
    "./tenfold kv status --json | jq .members",
  ],
  async run({ flags, env, io }) {
    const text = await askNode({ flags, env }, async (client) =>
      String(await client.call("KV.STATUS")),
    );
    const status: NodeStatus = JSON.parse(text);
    io.out(flags["json"] === true ? JSON.stringify(status, undefined, 2) : renderKvStatus(status));
    return 0;
  },
};

const kvRebalanceCommand: Command = {
  name: "kv rebalance",
  summary: "Plan anew who owns what, for the nodes and weights as they are",
  flags: nodeFlag,
  examples: ["./tenfold kv rebalance", "./tenfold kv rebalance --node 10.0.0.1:7001"],
  async run({ flags, env, io }) {
    const moves = await askNode({ flags, env }, (client) => client.call("KV.REBALANCE"));
    io.out(
      moves === 0
        ? "Everything is where it belongs."
        : `${String(moves)} partitions will move; ./tenfold kv status shows how far they are.`,
    );
    return 0;
  },
};

const kvDrainCommand: Command = {
  name: "kv drain",
  summary: "Hand everything a node holds to the others, then let it go",
  args: "<node>",
  flags: nodeFlag,
  examples: ["./tenfold kv drain b", "./tenfold kv drain b --node 10.0.0.1:7001"],
  async run(call) {
    const name = oneName(call, "kv drain");
    await askNode(call, (client) => client.call("KV.DRAIN", name), { deadlineMs: LONG_MS });
    call.io.out(`${name} hands over what it holds; stop it when it has left ./tenfold kv status.`);
    return 0;
  },
};

const kvRemoveCommand: Command = {
  name: "kv remove",
  summary: "Let a node go that will not come back; the others fill in for it",
  args: "<node>",
  flags: nodeFlag,
  examples: ["./tenfold kv remove b"],
  async run(call) {
    const name = oneName(call, "kv remove");
    await askNode(call, (client) => client.call("KV.REMOVE", name), { deadlineMs: 60_000 });
    call.io.out(`${name} is no member any more; the others copy what it held among themselves.`);
    return 0;
  },
};

const kvRepairCommand: Command = {
  name: "kv repair",
  summary: "Compare what a node holds with the other owners now, and wait for the end",
  flags: nodeFlag,
  examples: ["./tenfold kv repair", "./tenfold kv repair --node 10.0.0.2:7001"],
  async run({ flags, env, io }) {
    const reply = await askNode({ flags, env }, (client) => client.call("KV.REPAIR"), {
      deadlineMs: LONG_MS,
    });
    const [, partitions, , cells] = Array.isArray(reply) ? reply : [];
    io.out(`${String(partitions)} partitions compared, ${String(cells)} cells repaired.`);
    return 0;
  },
};

const kvBackupCommand: Command = {
  name: "kv backup",
  summary: "Copy what a node holds into a new folder on its own disk",
  args: "<folder>",
  flags: nodeFlag,
  examples: [
    "./tenfold kv backup /backups/kv-a-2026-11-27",
    "./tenfold kv restore /backups/kv-a-2026-11-27 --data /srv/kv/a",
  ],
  async run(call) {
    const folder = oneName(call, "kv backup");
    const reply = await askNode(call, (client) => client.call("KV.BACKUP", folder), {
      deadlineMs: LONG_MS,
    });
    const [, cells, , bytes] = Array.isArray(reply) ? reply : [];
    call.io.out(`${String(cells)} cells, ${String(bytes)} bytes in ${folder}.`);
    return 0;
  },
};

export const kvAdminCommands: readonly Command[] = [
  kvStatusCommand,
  kvRebalanceCommand,
  kvDrainCommand,
  kvRemoveCommand,
  kvRepairCommand,
  kvBackupCommand,
];
