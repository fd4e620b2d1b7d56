/** HTTP/1.1 over a bare socket: sends what `fetch` would correct or refuse. */
import { connect } from "node:net";

export interface RawRequest {
  method: string;
  /** As it goes on the wire, not checked and not encoded. */
  target: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array | undefined;
}

export interface RawAnswer {
  status: number;
  headers: ReadonlyMap<string, string>;
  body: string;
}

/** Sends one request on a connection of its own. A body gets its `Content-Length` unless one is given. */
export function sendRaw(url: string, request: RawRequest): Promise<RawAnswer> {
  const { method, target, headers = {}, body } = request;
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const all = {
    host: new URL(url).host,
    connection: "close",
    ...(bytes === undefined ? {} : { "content-length": String(bytes.length) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  // latin1, so that a test can write any byte into the head.
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1");
  return sendBytes(url, bytes === undefined ? head : Buffer.concat([head, bytes]));
}

/** Sends bytes as they are and reads the answer until the server closes. */
export function sendBytes(url: string, bytes: Uint8Array): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let failure: Error | undefined;
    const socket = connect(Number(port), hostname);
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    // A server that refuses early resets the connection after its answer.
    socket.on("error", (error) => (failure = error));
    socket.on("close", () => {
      const answer = parseAnswer(Buffer.concat(chunks));
      if (answer === undefined) reject(failure ?? new Error("closed without an answer"));
      else resolve(answer);
    });
    socket.setTimeout(30_000, () => socket.destroy(new Error("no answer within 30 s")));
    socket.write(bytes);
  });
}

function parseAnswer(bytes: Buffer): RawAnswer | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const body = bytes.subarray(end + 4);
  const chunked = headers.get("transfer-encoding") === "chunked";
  return { status, headers, body: (chunked ? unchunk(body) : body).toString("utf8") };
}

function unchunk(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16);
    if (lineEnd < 0 || !(size > 0)) break;
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(parts);
}
