/** A TCP server that speaks RESP over a keyspace. */
import { createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { createService, silentLog, type Clock, type Log, type Service } from "@tenfold/core";
import type { Admin } from "../admin.ts";
import type { Front } from "../commands/command.ts";
import { REDIS_VERSION } from "../commands/connection.ts";
import { commandTable } from "../commands/table.ts";
import type { ClusterView, Keyspace } from "../keyspace.ts";
import { defaultRequestLimits } from "./request-parser.ts";
import { Departures, SocketOutlet } from "./outlet.ts";
import { Session, type SessionLimits } from "./session.ts";

export interface RespServerDeps {
  keyspace: Keyspace;
  clock: Clock;
  /** What CLUSTER shows. Without it clients see a single server. */
  cluster?: ClusterView;
  /** What KV.STATUS and its relatives ask. */
  admin?: Admin;
  log?: Log;
}

export interface RespServerOptions {
  /** Default 127.0.0.1. */
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** What clients must give to AUTH. Without one they need not. */
  password: string | undefined;
  connectionsMax: number;
  /** How long a client may leave its replies unread before it is cut off. */
  stalledMs: number;
  limits: SessionLimits;
}

export const defaultSessionLimits: SessionLimits = Object.freeze({
  ...defaultRequestLimits,
  runningMax: 1024,
  inputPauseBytes: 262_144,
  outputPauseBytes: 1_048_576,
  outputBytesMax: 64 * 1_048_576,
});

export const defaultRespServerOptions: RespServerOptions = Object.freeze({
  host: "127.0.0.1",
  port: 0,
  password: undefined,
  connectionsMax: 10_000,
  stalledMs: 60_000,
  limits: defaultSessionLimits,
});

export interface RespServer extends Service {
  /** Where it listens; after `start()`. */
  readonly port: number;
  /** Connections that are open. */
  readonly connections: number;
}

interface Client {
  socket: Socket;
  session: Session;
  /** Bytes the client had taken when it was last looked at, and since when. */
  takenBytes: number;
  sinceMs: number;
}

/** Listens from `start()` to `stop()`, which closes every connection. */
export function createRespServer(
  deps: RespServerDeps,
  given: Partial<RespServerOptions> = {},
): RespServer {
  const options = { ...defaultRespServerOptions, ...given };
  const log = deps.log ?? silentLog;
  const clients = new Set<Client>();
  const departures = new Departures();
  const front = createFront(deps, options, () => clients.size);
  const stopping = new AbortController();
  let server: Server | undefined;
  let port = options.port;
  let watching: Promise<void> | undefined;
  let nextId = 1;

  const accept = (socket: Socket): void => {
    // Errors of a connection end it, which is all there is to do.
    socket.on("error", (error) => log.debug({ error: error.message }, "connection failed"));
    if (clients.size >= options.connectionsMax) {
      // Not left to the client to close, who may never do it.
      socket.end("-ERR max number of clients reached\r\n", () => socket.destroy());
      return;
    }
    socket.setNoDelay(true);
    const id = nextId++;
    const outlet = new SocketOutlet(socket, {
      departures,
      left: () => session.drained(),
      cut: (reason) => log.warn({ id, reason }, "connection cut"),
    });
    const session: Session = new Session(id, {
      keyspace: deps.keyspace,
      front,
      outlet,
      limits: options.limits,
      onDefect: (error, command) => log.error({ error, command }, "command failed"),
    });
    const client = { socket, session, takenBytes: 0, sinceMs: deps.clock.monotonic() };
    clients.add(client);
    socket.on("data", (chunk: Buffer) => session.receive(chunk));
    socket.on("drain", () => session.drained());
    socket.on("end", () => session.finish());
    socket.on("close", () => {
      session.close();
      clients.delete(client);
    });
  };

  const watch = async (): Promise<void> => {
    for (;;) {
      await deps.clock.sleep(options.stalledMs / 4, stopping.signal);
      cutStalled(clients, deps.clock.monotonic(), options.stalledMs);
    }
  };

  const service = createService({
    start: async () => {
      server = createServer({ allowHalfOpen: true }, accept);
      server.listen(options.port, options.host);
      await once(server, "listening");
      const address = server.address();
      if (address !== null && typeof address === "object") port = address.port;
      watching = watch().catch((error: unknown) => {
        if (!stopping.signal.aborted) log.error({ error }, "stalled clients are not watched");
      });
    },
    stop: async () => {
      stopping.abort();
      await watching;
      if (server?.listening !== true) return;
      const closed = once(server, "close");
      server.close();
      for (const { socket } of clients) socket.destroy();
      await closed;
    },
  });
  return Object.defineProperties({ ...service } as RespServer, {
    port: { get: () => port },
    connections: { get: () => clients.size },
  });
}

/** Cuts off those who have taken nothing of what waits for them for too long. */
function cutStalled(clients: ReadonlySet<Client>, nowMs: number, stalledMs: number): void {
  for (const client of clients) {
    const { socket } = client;
    const takenBytes = socket.bytesWritten - socket.writableLength;
    if (socket.writableLength === 0 || takenBytes !== client.takenBytes) {
      client.takenBytes = takenBytes;
      client.sinceMs = nowMs;
    } else if (nowMs - client.sinceMs >= stalledMs) socket.destroy();
  }
}

function createFront(
  deps: RespServerDeps,
  options: RespServerOptions,
  connections: () => number,
): Front {
  const startedMs = deps.clock.monotonic();
  return {
    password: options.password,
    cluster: deps.cluster,
    admin: deps.admin,
    commands: commandTable,
    config: new Map([
      ["appendonly", "yes"],
      ["databases", "1"],
      ["maxclients", String(options.connectionsMax)],
      ["maxmemory", "0"],
      ["proto-max-bulk-len", String(options.limits.bulkBytesMax)],
      ["save", ""],
      ["timeout", "0"],
    ]),
    async info() {
      const uptimeSeconds = Math.trunc((deps.clock.monotonic() - startedMs) / 1000);
      return [
        [
          "Server",
          [
            `redis_version:${REDIS_VERSION}`,
            `redis_mode:${deps.cluster === undefined ? "standalone" : "cluster"}`,
            "server_name:tenfold",
            `uptime_in_seconds:${uptimeSeconds}`,
          ],
        ],
        ["Clients", [`connected_clients:${connections()}`, `maxclients:${options.connectionsMax}`]],
        ["Persistence", ["loading:0", "async_loading:0"]],
        ["Replication", ["role:master", "connected_slaves:0"]],
        ["Cluster", [`cluster_enabled:${deps.cluster === undefined ? 0 : 1}`]],
        ["Keyspace", await keyspaceLines(deps.keyspace)],
      ];
    },
  };
}

async function keyspaceLines(keyspace: Keyspace): Promise<string[]> {
  const keys = await keyspace.keys.size();
  return keys === 0 ? [] : [`db0:keys=${keys},expires=0,avg_ttl=0`];
}
