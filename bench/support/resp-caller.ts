/** RESP over plain sockets, for measuring: SET and GET, one at a time. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Caller, KvPlan } from "./kv-load.ts";

/** A connection each, to the endpoints by turns; reconnects to the next one when it breaks. */
export async function openRespCallers(plan: KvPlan): Promise<Caller[]> {
  return await Promise.all(
    Array.from({ length: plan.clients }, (_, client) => openCaller(plan, client)),
  );
}

/** A call that took longer has failed. */
const PATIENCE_MS = 1_000;

async function openCaller(plan: KvPlan, client: number): Promise<Caller> {
  const value = "v".repeat(plan.valueBytes);
  let turn = client;
  let socket: Socket;
  let pending: Buffer = Buffer.alloc(0);
  let waiting: ((failure?: string) => void) | undefined;
  let sentMs = 0;

  const finish = (failure?: string): void => {
    const done = waiting;
    waiting = undefined;
    pending = Buffer.alloc(0);
    done?.(failure);
  };
  const dial = (): Socket => {
    const port = plan.endpoints[turn++ % plan.endpoints.length] ?? 0;
    const fresh = connect(port, "127.0.0.1");
    fresh.setNoDelay(true);
    fresh.on("data", (chunk: Buffer) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const failure = replyIn(pending);
      if (failure !== undefined) finish(failure === "" ? undefined : failure);
    });
    const broken = (): void => {
      if (socket !== fresh) return;
      socket = dial();
      // Not at once: a port where nobody listens would be tried without end.
      setTimeout(finish, 5, "the connection broke");
    };
    fresh.on("error", broken);
    fresh.on("close", broken);
    return fresh;
  };
  socket = dial();
  await once(socket, "connect");
  // One look at the clock now and then costs less than a timer for each call.
  const watch = setInterval(() => {
    if (waiting === undefined || performance.now() - sentMs < PATIENCE_MS) return;
    const silent = socket;
    socket = dial();
    silent.destroy();
    finish("no answer in 1 s");
  }, PATIENCE_MS / 20);
  return {
    call(operation, key, done) {
      waiting = done;
      sentMs = performance.now();
      socket.write(
        operation === "write"
          ? `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${value.length}\r\n${value}\r\n`
          : `*2\r\n$3\r\nGET\r\n$${key.length}\r\n${key}\r\n`,
        "latin1",
      );
    },
    close() {
      clearInterval(watch);
      const last = socket;
      socket = new (last.constructor as new () => Socket)();
      last.destroy();
    },
  };
}

/** `undefined` until the reply is whole; "" when it is good, else the error's text. */
function replyIn(bytes: Buffer): string | undefined {
  const lineEnd = bytes.indexOf("\r\n");
  if (lineEnd < 0) return undefined;
  if (bytes[0] === 0x2d) return bytes.toString("latin1", 1, lineEnd);
  if (bytes[0] !== 0x24) return "";
  const length = Number(bytes.toString("latin1", 1, lineEnd));
  return length < 0 || bytes.length >= lineEnd + 4 + length ? "" : undefined;
}
