/**
 * A small client for one node: text commands in order, on one connection. For the
 * CLI, the console and tests; applications have clients of their own.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Clock } from "@tenfold/core";
import { keyValueErrors } from "../errors.ts";
import { ReplyParser, RespError, type RespValue } from "./reply-parser.ts";

export interface KvClientOptions {
  host: string;
  port: number;
  password?: string | undefined;
  /** No call waits longer, the connecting included. Default 5 s. */
  deadlineMs?: number;
}

export interface KvClient extends Disposable {
  /** Rejects with `RespError` for what the node refused, and `node_unreachable` when it does not answer. */
  call(...words: readonly string[]): Promise<RespValue>;
}

/** Connects and signs in. */
export async function openKvClient(
  { clock }: { clock: Clock },
  { host, port, password, deadlineMs = 5_000 }: KvClientOptions,
): Promise<KvClient> {
  const where = `${host}:${port}`;
  const socket = connect(port, host);
  socket.setNoDelay(true);
  const calls = new Calls(socket, where);
  const withDeadline = async <Result>(work: Promise<Result>): Promise<Result> => {
    const over = new AbortController();
    const late = clock.sleep(deadlineMs, over.signal).then(() => {
      throw unreachable(where, `it did not answer within ${deadlineMs} ms`);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      over.abort();
      late.catch(() => undefined); // It was only in case.
    }
  };
  const call = (...words: readonly string[]): Promise<RespValue> => withDeadline(calls.add(words));
  try {
    await withDeadline(Promise.race([once(socket, "connect"), calls.broken]));
    if (password !== undefined) await call("AUTH", password);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return { call, [Symbol.dispose]: () => void socket.destroy() };
}

/** Calls under way, in the order they were sent. */
class Calls {
  readonly #socket: Socket;
  readonly #waiting: PromiseWithResolvers<RespValue>[] = [];
  /** Rejects when the connection is of no use any more. */
  readonly broken: Promise<never>;

  constructor(socket: Socket, where: string) {
    this.#socket = socket;
    const parser = new ReplyParser();
    const broken = Promise.withResolvers<never>();
    this.broken = broken.promise;
    this.broken.catch(() => undefined); // Told to each call.
    const fail = (why: string): void => {
      const error = unreachable(where, why);
      broken.reject(error);
      for (const { reject } of this.#waiting.splice(0)) reject(error);
      socket.destroy();
    };
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const reply of parser.push(chunk)) this.#settle(reply);
      } catch (error) {
        fail(`it does not speak RESP: ${error instanceof Error ? error.message : String(error)}`);
      }
    });
    socket.on("error", (error) => fail(error.message));
    socket.on("close", () => fail("it closed the connection"));
  }

  add(words: readonly string[]): Promise<RespValue> {
    const waiting = Promise.withResolvers<RespValue>();
    this.#waiting.push(waiting);
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    this.#socket.write(`*${words.length}\r\n${parts.join("")}`);
    return Promise.race([waiting.promise, this.broken]);
  }

  #settle(reply: RespValue): void {
    const waiting = this.#waiting.shift();
    if (reply instanceof RespError) waiting?.reject(reply);
    else waiting?.resolve(reply);
  }
}

const unreachable = (where: string, why: string): Error =>
  keyValueErrors.node_unreachable({
    detail: `${where} cannot be asked: ${why}.`,
    hint: "Is the node running, and is this its address for clients?",
  });
