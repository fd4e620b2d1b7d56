/** A client that knows nothing: commands out, bytes of replies in, told apart by their form. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface RawClient extends Disposable {
  readonly socket: Socket;
  /** Sends commands in one piece; the raw bytes of each reply, as text of bytes. */
  ask(commands: readonly (readonly (string | Buffer)[])[]): Promise<string[]>;
  /** Sends bytes as they are; what comes back until the server closes. */
  untilClosed(bytes: Buffer | string): Promise<string>;
}

/** Words whose characters are bytes, as an array of bulk strings. */
export function encodeCommand(words: readonly (string | Buffer)[]): Buffer {
  const parts = words.flatMap((word) => {
    const bytes = typeof word === "string" ? Buffer.from(word, "latin1") : word;
    return [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n")];
  });
  return Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...parts]);
}

export async function connectRaw(port: number): Promise<RawClient> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  let received = "";
  let wake = (): void => undefined;
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1");
    wake();
  });
  socket.on("close", () => wake());
  socket.on("error", () => wake());
  const more = (): Promise<void> => new Promise((resolve) => (wake = resolve));
  return {
    socket,
    async ask(commands) {
      socket.write(Buffer.concat(commands.map(encodeCommand)));
      const replies: string[] = [];
      while (replies.length < commands.length) {
        const end = replyEnd(received, 0);
        if (end === undefined) {
          if (socket.closed) throw new Error(`closed after ${JSON.stringify(received)}`);
          await more();
        } else {
          replies.push(received.slice(0, end));
          received = received.slice(end);
        }
      }
      return replies;
    },
    async untilClosed(bytes) {
      socket.write(bytes);
      while (!socket.closed) await more();
      return received;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** Where the reply that begins at `at` ends; `undefined` when it is not whole. */
export function replyEnd(text: string, at: number): number | undefined {
  const lineEnd = text.indexOf("\r\n", at);
  if (lineEnd < 0) return undefined;
  const count = Number(text.slice(at + 1, lineEnd));
  const kind = text[at] ?? "";
  if ("$=".includes(kind)) {
    const end = count < 0 ? lineEnd + 2 : lineEnd + 2 + count + 2;
    return end <= text.length ? end : undefined;
  }
  if (!"*%~>".includes(kind)) return lineEnd + 2;
  let end: number | undefined = lineEnd + 2;
  const items = kind === "%" ? count * 2 : count;
  for (let i = 0; i < items && end !== undefined; i++) end = replyEnd(text, end);
  return end;
}

/** The replies within a list, each as its bytes. */
export function itemsOf(reply: string): string[] {
  const items: string[] = [];
  let at = reply.indexOf("\r\n") + 2;
  while (at < reply.length) {
    const end = replyEnd(reply, at) ?? reply.length;
    items.push(reply.slice(at, end));
    at = end;
  }
  return items;
}
