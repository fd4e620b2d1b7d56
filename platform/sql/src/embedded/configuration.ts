/** How the server is configured. What makes acknowledged data safe is not optional. */
import { platform } from "node:os";

/** Not used by anyone: names the socket file, nothing listens on a network. */
export const socketPort = 5432;

const settings: Readonly<Record<string, string>> = Object.freeze({
  cluster_name: "tenfold",
  listen_addresses: "",
  port: String(socketPort),
  unix_socket_permissions: "0700",
  // What is acknowledged is on disk.
  fsync: "on",
  full_page_writes: "on",
  synchronous_commit: "on",
  // Shared memory in /dev/shm is small in containers and removed by systemd at logout.
  dynamic_shared_memory_type: "mmap",
  max_connections: "100",
  shared_buffers: "128MB",
  wal_level: "replica",
  min_wal_size: "128MB",
  max_wal_size: "1GB",
  jit: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  log_destination: "stderr",
  logging_collector: "off",
  log_line_prefix: "%m [%p] ",
  log_checkpoints: "off",
  // A log holds no data: neither statements nor the values that broke a constraint.
  log_error_verbosity: "terse",
  log_min_error_statement: "panic",
  log_statement: "none",
});

/** On macOS an ordinary fsync leaves data in the disk's cache. */
const platformSettings: Readonly<Record<string, string>> =
  platform() === "darwin" ? { wal_sync_method: "fsync_writethrough" } : {};

/** A folder as one entry of a list setting: quoted, quotes doubled. */
function listEntry(path: string): string {
  return `"${path.replaceAll('"', '""')}"`;
}

/** The server's arguments. `unsafe` gives up durability; only tests of other things want that. */
export function serverArguments(cluster: string, socketFolder: string, unsafe: boolean): string[] {
  const all = {
    ...settings,
    ...platformSettings,
    unix_socket_directories: listEntry(socketFolder),
    ...(unsafe ? { fsync: "off", full_page_writes: "off", synchronous_commit: "off" } : {}),
  };
  return [
    "-D",
    cluster,
    ...Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
}
