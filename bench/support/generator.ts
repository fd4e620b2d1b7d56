/**
 * A load generator in a process of its own: keep-alive connections, one
 * request at a time on each. Closed loop (as fast as answers come), or open
 * loop at a rate, where a request's latency counts from the moment it was due,
 * so that a stalled server cannot hide its queue (coordinated omission).
 *
 * Reads one plan as JSON from its argument; prints one result as JSON.
 */
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { Latencies, pace, type Quantiles } from "./latencies.ts";

export interface LoadPlan {
  port: number;
  connections: number;
  durationMs: number;
  /** Requests per second in all; closed loop when absent. */
  rate?: number;
  /** A JSON file with an array of whole HTTP requests as text, taken in turn. */
  requestsFile: string;
  /** It shares its core with others: wait by timer instead of looking all the time. */
  shared?: boolean;
  /** Sends this long before anything counts, so that the generator's own cold start does not. */
  warmUpMs?: number;
  /** Begin at this request; several generators can share a file. */
  offset?: number;
}

export interface LoadResult extends Quantiles {
  requests: number;
  perSecond: number;
  /** By status class: `2xx`. */
  statuses: Record<string, number>;
  /** Due but never sent, because every connection was busy at the end. */
  unsent: number;
  /**
   * How late the generator itself was with requests that had a free connection, at p99: what of
   * the latencies is its own pauses and those of its core. No number in a closed loop.
   */
  sentLateP99Ms: number;
}

interface Connection {
  socket: Socket;
  dueMs: number;
  pending: string;
}

async function generate(plan: LoadPlan): Promise<LoadResult> {
  const read: unknown = JSON.parse(readFileSync(plan.requestsFile, "utf8"));
  const requests = Array.isArray(read) ? read.map((text) => Buffer.from(String(text))) : [];
  const latencies = new Latencies();
  const lateness = new Latencies();
  const statuses: Record<string, number> = {};
  const idle: Connection[] = [];
  const due: number[] = [];
  const warmUpMs = plan.warmUpMs ?? 1_000;
  let next = plan.offset ?? 0;
  let countedFromMs = Infinity;
  let over = false;

  const send = (connection: Connection, dueMs: number): void => {
    connection.dueMs = dueMs;
    const request = requests[next++ % requests.length];
    if (request !== undefined) connection.socket.write(request);
  };
  const release = (connection: Connection): void => {
    if (over) return;
    if (plan.rate === undefined) return send(connection, performance.now());
    const waiting = due.shift();
    if (waiting === undefined) idle.push(connection);
    else send(connection, waiting);
  };
  const receive = (connection: Connection, text: string): void => {
    connection.pending += text;
    const size = answerSize(connection.pending);
    if (size === undefined || connection.pending.length < size) return;
    const status = `${connection.pending[9]}xx`;
    connection.pending = "";
    if (connection.dueMs >= countedFromMs) {
      latencies.add(performance.now() - connection.dueMs);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
    release(connection);
  };

  const connections = await Promise.all(
    Array.from({ length: plan.connections }, () => open(plan.port, receive)),
  );
  const startedMs = performance.now();
  countedFromMs = startedMs + warmUpMs;
  const wholeMs = warmUpMs + plan.durationMs;
  connections.forEach(release);
  if (plan.rate !== undefined)
    await pace({
      wholeMs,
      rate: plan.rate,
      shared: plan.shared === true,
      idle,
      due,
      send: (connection, dueMs) => {
        lateness.add(performance.now() - dueMs);
        send(connection, dueMs);
      },
      startedMs,
    });
  else await new Promise((resolve) => setTimeout(resolve, wholeMs));
  over = true;
  const seconds = (performance.now() - countedFromMs) / 1000;
  for (const { socket } of connections) socket.destroy();
  const sentLateP99Ms = lateness.quantiles().p99Ms;
  return summarise(latencies, statuses, { seconds, unsent: due.length, sentLateP99Ms });
}

/** Reads into one buffer that stays, past the stream's machinery: the load shall cost little. */
function open(
  port: number,
  receive: (connection: Connection, text: string) => void,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const buffer = Buffer.alloc(65_536);
    const callback = (bytes: number): boolean => {
      receive(connection, buffer.toString("latin1", 0, bytes));
      return true;
    };
    const socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: { buffer, callback },
    });
    const connection: Connection = { socket, dueMs: 0, pending: "" };
    socket.once("error", reject);
    socket.once("connect", () => resolve(connection));
  });
}

/** Bytes of the whole answer, once its head is there. Answers without a length have none. */
function answerSize(text: string): number | undefined {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  // Most answers here have no body, and say so in the same words.
  if (headEnd + 4 === text.length && text.includes("ontent-length: 0\r\n")) return headEnd + 4;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd));
  return headEnd + 4 + Number(length?.[1] ?? 0);
}

function summarise(
  latencies: Latencies,
  statuses: Record<string, number>,
  rest: { seconds: number; unsent: number; sentLateP99Ms: number },
): LoadResult {
  const { seconds, unsent, sentLateP99Ms } = rest;
  return {
    requests: latencies.count,
    perSecond: latencies.count / seconds,
    statuses,
    ...latencies.quantiles(),
    unsent,
    sentLateP99Ms,
  };
}

if (process.argv[2] !== undefined) {
  const plan: LoadPlan = JSON.parse(process.argv[2]);
  process.stdout.write(JSON.stringify(await generate(plan)));
}
