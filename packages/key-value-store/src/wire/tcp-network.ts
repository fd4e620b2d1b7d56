/**
 * The network between nodes over TCP, or TLS.
 *
 *     send(to) ─▶ open connection with that name? ──yes──▶ its queue
 *                    │ no: where is it?
 *                    ▼
 *                  dial, and hold what is to be sent ──▶ handshake ──▶ its queue
 *                    │ failed: nothing is held or dialled until a pause is over
 *
 * Whoever dialled, a connection carries messages both ways. Nothing waits for ever:
 * a handshake has a deadline, a silent connection is closed, what waits for a
 * connection is bounded, and the pause between dials grows with each failure.
 */
import { once } from "node:events";
import { connect as connectTcp, createServer, type Server, type Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { createService, type Clock, type Log, type Random, type Service } from "@tenfold/core";
import type { Message } from "../node/messages.ts";
import type { Network } from "../node/ports.ts";
import { Connection } from "./connection.ts";
import { encodeFrame, frameKinds } from "./frames.ts";
import { NONCE_BYTES, type Role } from "./handshake.ts";
import { decodeMessage, encodeMessage } from "./message-codec.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface TcpNetworkDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** In PEM. */
export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

export interface TcpNetworkOptions {
  /** This node. */
  readonly name: string;
  /** Nodes of another cluster are refused. */
  readonly cluster: string;
  /** What all nodes of the cluster know. */
  readonly secret: string;
  /** Port 0 takes a free one. */
  readonly listen: Address;
  /** Other addresses than the announced ones, by a member's name or `host:port`. */
  readonly dial: Readonly<Record<string, Address>>;
  /** PEM texts. Both sides must have a certificate of `ca`; names in it are not looked at. */
  readonly tls: TlsFiles | undefined;
  readonly clockSkewMsMax: number;
  readonly messageBytesMax: number;
  /** Bytes that may wait for one peer. */
  readonly queueBytesMax: number;
  /** How long a handshake may take. */
  readonly handshakeMs: number;
  /** A connection on which nothing is heard for so long is closed. */
  readonly silentMs: number;
  /** Pause after a failed dial: doubled with each, up to `dialPauseMsMax`. */
  readonly dialPauseMs: number;
  readonly dialPauseMsMax: number;
  /** Strangers that are in the middle of their handshake. */
  readonly strangersMax: number;
}

export const tcpNetworkDefaults: Omit<TcpNetworkOptions, "name" | "cluster" | "secret"> =
  Object.freeze({
    listen: Object.freeze({ host: "127.0.0.1", port: 0 }),
    dial: Object.freeze({}),
    tls: undefined,
    clockSkewMsMax: 30_000,
    messageBytesMax: 32 * 1_048_576,
    queueBytesMax: 64 * 1_048_576,
    handshakeMs: 5_000,
    silentMs: 5_000,
    dialPauseMs: 100,
    dialPauseMsMax: 5_000,
    strangersMax: 256,
  });

export interface NetworkStats {
  /** Connections over which messages may go. */
  readonly connections: number;
  /** Messages that were not sent: no way, or too much waiting. */
  readonly dropped: number;
  /** Messages that could not be read. */
  readonly unreadable: number;
  /** Meetings that one side refused, and why the last one was. */
  readonly refused: number;
  readonly lastRefusal: string | undefined;
}

export interface TcpNetwork extends Network, Service {
  /** Where it listens; after `start()`. */
  readonly port: number;
  know(members: readonly { readonly name: string; readonly address: string }[]): void;
  stats(): NetworkStats;
}

export interface TcpNetworkEvents {
  message(from: string, message: Message): void;
  /** The last way to a peer broke, or could not be made. */
  lost(peer: string): void;
}

/** The way to one peer that this node dials. */
interface Way {
  /** While it is being made, and once it is there. */
  connection: Connection | undefined;
  isDialling: boolean;
  failures: number;
  /** No dialling before, on the monotonic clock. */
  pausedUntilMs: number;
  held: Buffer[];
  heldBytes: number;
}

/** Constructing does nothing. Events come from `start()` on. */
export function createTcpNetwork(
  deps: TcpNetworkDeps & TcpNetworkEvents,
  given: Partial<TcpNetworkOptions> & Pick<TcpNetworkOptions, "name" | "cluster" | "secret">,
): TcpNetwork {
  return new TcpDriver(deps, { ...tcpNetworkDefaults, ...given });
}

class TcpDriver implements TcpNetwork {
  readonly #service = createService({ start: () => this.#listen(), stop: () => this.#end() });
  readonly #deps: TcpNetworkDeps & TcpNetworkEvents;
  readonly #options: TcpNetworkOptions;
  readonly #addresses = new Map<string, Address>();
  readonly #ways = new Map<string, Way>();
  readonly #connections = new Set<Connection>();
  /** The newest connection that has proved its name. */
  readonly #open = new Map<string, Connection>();
  readonly #stopping = new AbortController();
  #server: Server | undefined;
  #port: number;
  #watching: Promise<void> | undefined;
  readonly #counts = { dropped: 0, unreadable: 0, refused: 0 };
  #lastRefusal: string | undefined;

  constructor(deps: TcpNetworkDeps & TcpNetworkEvents, options: TcpNetworkOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#port = options.listen.port;
  }

  start(): Promise<void> {
    return this.#service.start();
  }

  stop(): Promise<void> {
    return this.#service.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get port(): number {
    return this.#port;
  }

  know(members: readonly { readonly name: string; readonly address: string }[]): void {
    this.#addresses.clear();
    for (const { name, address } of members) {
      const parsed = parseAddress(address);
      if (parsed !== undefined) this.#addresses.set(name, parsed);
    }
  }

  send(to: string, message: Message): void {
    const frame = encodeFrame(frameKinds.message, encodeMessage(message));
    const connection = this.#open.get(to) ?? this.#ready(to);
    const isTaken = connection === undefined ? this.#hold(to, frame) : connection.send(frame);
    if (!isTaken) this.#counts.dropped += 1;
  }

  stats(): NetworkStats {
    return { connections: this.#open.size, ...this.#counts, lastRefusal: this.#lastRefusal };
  }

  /** The dialled connection, once it is there; for peers that are known by address alone. */
  #ready(to: string): Connection | undefined {
    const connection = this.#ways.get(to)?.connection;
    return connection?.peer === undefined ? undefined : connection;
  }

  /** Keeps a frame until the way is there; false when there is none to be made now. */
  #hold(to: string, frame: Buffer): boolean {
    const address = this.#options.dial[to] ?? this.#addresses.get(to) ?? parseAddress(to);
    if (address === undefined || this.#stopping.signal.aborted) return false;
    const way = this.#ways.get(to) ?? freshWay();
    this.#ways.set(to, way);
    if (!way.isDialling) {
      if (this.#deps.clock.monotonic() < way.pausedUntilMs) return false;
      this.#dial(to, address, way);
    }
    if (way.heldBytes + frame.length > this.#options.queueBytesMax) return false;
    way.held.push(frame);
    way.heldBytes += frame.length;
    return true;
  }

  #dial(to: string, { host, port }: Address, way: Way): void {
    const { tls } = this.#options;
    way.isDialling = true;
    const socket =
      tls === undefined
        ? connectTcp({ host, port })
        : connectTls({ host, port, ...tls, checkServerIdentity: () => undefined });
    const failed = (): void => this.#failed(to, way, undefined);
    socket.once("close", failed);
    // What went wrong shows as the close that follows.
    socket.on("error", () => undefined);
    socket.once(tls === undefined ? "connect" : "secureConnect", () => {
      socket.off("close", failed);
      // Nobody would end it any more, and the peer would take it for the way to this node.
      if (this.#stopping.signal.aborted) {
        socket.destroy();
        return;
      }
      const expected = to.includes(":") ? undefined : to;
      way.connection = this.#connect(socket, "dialler", {
        expected,
        ready: () => {
          Object.assign(way, { isDialling: false, failures: 0 });
          for (const frame of way.held) way.connection?.send(frame);
          Object.assign(way, { held: [], heldBytes: 0 });
        },
        closed: (refusal) => {
          if (way.isDialling) this.#failed(to, way, refusal);
          way.connection = undefined;
        },
      });
    });
    socket.setTimeout(this.#options.handshakeMs, () => {
      if (way.isDialling) socket.destroy();
    });
  }

  #failed(to: string, way: Way, refusal: string | undefined): void {
    const { dialPauseMs, dialPauseMsMax } = this.#options;
    const pauseMs = Math.min(dialPauseMsMax, dialPauseMs * 2 ** Math.min(way.failures, 16));
    this.#counts.dropped += way.held.length;
    Object.assign(way, {
      isDialling: false,
      failures: way.failures + 1,
      // Half of it by lot, so that nodes that failed together do not come together.
      pausedUntilMs: this.#deps.clock.monotonic() + pauseMs * (0.5 + this.#deps.random.float() / 2),
      held: [],
      heldBytes: 0,
    });
    if (refusal === undefined && !this.#open.has(to)) this.#deps.lost(to);
  }

  #connect(
    socket: Socket,
    role: Role,
    {
      expected,
      ready,
      closed,
    }: {
      expected?: string | undefined;
      ready: () => void;
      closed: (refusal: string | undefined) => void;
    },
  ): Connection {
    const { clock, random, log } = this.#deps;
    const nonce = random.bytes(NONCE_BYTES);
    const connection = new Connection(
      socket,
      {
        clock,
        ready: (peer) => {
          this.#open.set(peer, connection);
          ready();
        },
        message: (peer, body) => this.#receive(peer, body),
        closed: (refusal) => {
          this.#connections.delete(connection);
          closed(refusal);
          const { peer } = connection;
          if (refusal !== undefined) this.#refused(refusal);
          if (peer === undefined || this.#open.get(peer) !== connection) return;
          this.#open.delete(peer);
          const other = [...this.#connections].find((each) => each.peer === peer);
          if (other !== undefined) this.#open.set(peer, other);
          else if (!this.#stopping.signal.aborted) {
            log.info({ peer }, "the connection to a node ended");
            this.#deps.lost(peer);
          }
        },
      },
      { ...this.#options, role, nonce, expected },
    );
    this.#connections.add(connection);
    return connection;
  }

  #receive(peer: string, body: Buffer): void {
    const message = decodeMessage(body);
    if (message === undefined) this.#counts.unreadable += 1;
    else this.#deps.message(peer, message);
  }

  #refused(refusal: string): void {
    this.#counts.refused += 1;
    // It is tried again and again: told once.
    if (refusal !== this.#lastRefusal)
      this.#deps.log.warn({ reason: refusal }, "a node was refused");
    this.#lastRefusal = refusal;
  }

  #accept(socket: Socket): void {
    const { strangersMax } = this.#options;
    const strangers = [...this.#connections].filter(({ peer }) => peer === undefined).length;
    if (strangers >= strangersMax) {
      socket.destroy();
      return;
    }
    this.#connect(socket, "listener", { ready: () => undefined, closed: () => undefined });
  }

  async #listen(): Promise<void> {
    const { listen, tls } = this.#options;
    const accept = (socket: Socket): void => this.#accept(socket);
    const server =
      tls === undefined
        ? createServer(accept)
        : createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: true }, accept);
    this.#server = server;
    server.listen(listen.port, listen.host);
    await once(server, "listening");
    const address = server.address();
    if (address !== null && typeof address === "object") this.#port = address.port;
    this.#watching = this.#watch();
  }

  /** Beats, and closes what is silent or takes too long to meet. */
  async #watch(): Promise<void> {
    const { silentMs, handshakeMs } = this.#options;
    const { clock } = this.#deps;
    while (!this.#stopping.signal.aborted) {
      const nowMs = clock.monotonic();
      for (const connection of this.#connections) {
        const isSilent = nowMs - connection.heardMs > silentMs;
        const isLate = connection.peer === undefined && nowMs - connection.openedMs > handshakeMs;
        if (isSilent || isLate) connection.destroy();
        else connection.beat();
      }
      // Only the end of the service wakes it early.
      await clock.sleep(silentMs / 5, this.#stopping.signal).catch(() => undefined);
    }
  }

  async #end(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
    for (const connection of this.#connections) connection.destroy();
    if (this.#server?.listening !== true) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }
}

function freshWay(): Way {
  return {
    connection: undefined,
    isDialling: false,
    failures: 0,
    pausedUntilMs: 0,
    held: [],
    heldBytes: 0,
  };
}

/** `host:port`, the host in brackets when it is IPv6; `undefined` for anything else. */
export function parseAddress(text: string): Address | undefined {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}
