/** What the service knows of a store, whether its nodes are here or elsewhere. */
import type { NodeStatus } from "@tenfold/key-value-store";

export interface Nodes {
  readonly where: "local" | "cluster" | "none";
  /** For Redis clients, `host:port`; `undefined` where there is no store. */
  readonly address: string | undefined;
  /** Those this process runs. */
  readonly local: readonly string[];
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Rejects with `node_unreachable` when none answers. */
  status(): Promise<NodeStatus>;
  /** The new node's name. */
  add(): Promise<string>;
  /** Resolves when it has begun. */
  drain(name: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Resolves when it has begun. */
  repair(): Promise<void>;
}
