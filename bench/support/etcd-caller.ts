/**
 * etcd's `KV.Put` and `KV.Range` over HTTP/2, without a gRPC library in between:
 * two messages of the protocol by hand are quicker than any, which is fair to etcd.
 * Reads are linearizable, which is etcd's default.
 */
import { once } from "node:events";
import { connect, type ClientHttp2Session } from "node:http2";
import type { Caller, KvPlan } from "./kv-load.ts";

/** One HTTP/2 connection per endpoint, shared by the clients. */
export async function openEtcdCallers(plan: KvPlan): Promise<Caller[]> {
  const sessions = await Promise.all(
    plan.endpoints.map(async (port) => {
      const session = connect(`http://127.0.0.1:${port}`);
      session.on("error", () => undefined); // Its streams fail, and say so.
      await once(session, "connect");
      return session;
    }),
  );
  const value = "v".repeat(plan.valueBytes);
  return Array.from({ length: plan.clients }, (_, client) => {
    const session = sessions[client % sessions.length];
    if (session === undefined) throw new Error("etcd has no endpoint");
    return {
      call: (operation, key, done) =>
        operation === "write"
          ? request(session, "Put", message([key, value]), done)
          : request(session, "Range", message([key]), done),
      close: () => session.destroy(),
    };
  });
}

/** Fields 1, 2, … as length-delimited bytes, in gRPC's frame. */
function message(fields: readonly string[]): Buffer {
  const parts = fields.flatMap((text, index) => [
    Buffer.from([((index + 1) << 3) | 2, ...varint(text.length)]),
    Buffer.from(text, "latin1"),
  ]);
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

function request(
  session: ClientHttp2Session,
  method: string,
  body: Buffer,
  done: (failure?: string) => void,
): void {
  const stream = session.request({
    ":method": "POST",
    ":path": `/etcdserverpb.KV/${method}`,
    "content-type": "application/grpc",
    te: "trailers",
  });
  let failure: string | undefined = "no trailers";
  stream.on("trailers", (trailers) => {
    failure = trailers["grpc-status"] === "0" ? undefined : String(trailers["grpc-message"]);
  });
  stream.on("error", (error: Error) => (failure = error.message));
  stream.on("close", () => done(failure));
  stream.resume();
  stream.end(body);
}
