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

async function openCaller(plan: KvPlan, client: number): Promise<Caller> {
  const value = "v".repeat(plan.valueBytes);
  let turn = client;
  let socket: Socket;
  let pending = "";
  let waiting: ((failure?: string) => void) | undefined;
  let patience: NodeJS.Timeout | undefined;

  const finish = (failure?: string): void => {
    const done = waiting;
    waiting = undefined;
    pending = "";
    clearTimeout(patience);
    done?.(failure);
  };
  const dial = (): Socket => {
    const port = plan.endpoints[turn++ % plan.endpoints.length] ?? 0;
    const fresh = connect(port, "127.0.0.1");
    fresh.setNoDelay(true).setEncoding("latin1");
    fresh.on("data", (text) => {
      pending += String(text);
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
  return {
    call(operation, key, done) {
      waiting = done;
      socket.write(
        operation === "write"
          ? `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${value.length}\r\n${value}\r\n`
          : `*2\r\n$3\r\nGET\r\n$${key.length}\r\n${key}\r\n`,
      );
      patience = setTimeout(() => {
        const silent = socket;
        socket = dial();
        silent.destroy();
        finish("no answer in 1 s");
      }, 1_000);
    },
    close() {
      const last = socket;
      socket = new (last.constructor as new () => Socket)();
      last.destroy();
    },
  };
}

/** `undefined` until the reply is whole; "" when it is good, else the error's text. */
function replyIn(text: string): string | undefined {
  const lineEnd = text.indexOf("\r\n");
  if (lineEnd < 0) return undefined;
  if (text.startsWith("-")) return text.slice(1, lineEnd);
  if (!text.startsWith("$")) return "";
  const length = Number(text.slice(1, lineEnd));
  return length < 0 || text.length >= lineEnd + 4 + length ? "" : undefined;
}
