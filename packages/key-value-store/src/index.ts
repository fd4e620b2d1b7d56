/** `@tenfold/key-value-store`: a node, what it offers to a front, and the ground it is built on. */
export type { Admin, MemberStatus, NodeStatus, ServingNode } from "./admin.ts";
export { keyValueErrors } from "./errors.ts";
export type * from "./keyspace.ts";
export { createStoreNode, type NodeOptions, type StoreNode } from "./node/node.ts";
export type { Message, Reply, Request, WriteCommand } from "./node/messages.ts";
export type { Change, Entry, Network, NodePorts, Placement, Storage } from "./node/ports.ts";
export {
  createRespServer,
  defaultRespServerOptions,
  type RespServerDeps,
  type RespServerOptions,
} from "./resp/server.ts";
export {
  createNode,
  type Address,
  type BucketConfig,
  type TlsFiles,
  type KeyValueNode,
  type NodeConfig,
} from "./create-node.ts";
export type { Bucket } from "./keyspace/buckets.ts";
