/** `@tenfold/key-value-store/client`: for those who ask a node and are none. */
export type { Admin, MemberStatus, NodeStatus } from "../admin.ts";
export { openKvClient, type KvClient, type KvClientOptions } from "./client.ts";
export { RespError, type RespValue } from "./reply-parser.ts";
