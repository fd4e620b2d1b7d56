/**
 * Requests to other nodes: each has a deadline, and a peer that missed one is
 * suspected until it is heard of again.
 *
 * Nothing is sent twice here. A caller whose request may be repeated asks again.
 */
import type { Clock, Log } from "@tenfold/core";
import type { HybridClock } from "../hybrid-clock.ts";
import type { Message, Reply, Request } from "./messages.ts";
import { createOnce } from "./once.ts";
import type { Network } from "./ports.ts";

export interface Peers {
  /** `undefined` when no reply came in time. */
  readonly request: (to: string, request: Request, timeoutMs: number) => Promise<Reply | undefined>;
  /** False from a missed deadline until the peer is heard of again. */
  readonly isReachable: (peer: string) => boolean;
  readonly suspects: () => readonly string[];
  readonly receive: (from: string, message: Message) => void;
  /** Ends requests whose time is over. */
  readonly tick: () => void;
}

export interface PeersDeps {
  readonly boot: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly stamps: HybridClock;
  readonly network: Network;
  /** Answers a request; `undefined` says nothing, and the asker's deadline will pass. */
  readonly answer: (from: string, request: Request) => Promise<Reply | undefined>;
}

interface Waiting {
  to: string;
  deadlineMs: number;
  settle: (reply: Reply | undefined) => void;
}

export function createPeers({ boot, clock, log, stamps, network, answer }: PeersDeps): Peers {
  const waiting = new Map<number, Waiting>();
  const suspected = new Set<string>();
  const once = createOnce();
  let lastId = 0;
  const send = (to: string, id: number, body: Message["body"]): void => {
    network.send(to, { boot, id, stamp: stamps.tick(), body });
  };
  return {
    request(to, request, timeoutMs) {
      lastId += 1;
      const id = lastId;
      return new Promise((settle) => {
        waiting.set(id, { to, deadlineMs: clock.monotonic() + timeoutMs, settle });
        send(to, id, { kind: "request", request });
      });
    },
    isReachable: (peer) => !suspected.has(peer),
    suspects: () => [...suspected],
    receive(from, message) {
      // Its stamps would drag this node's clock along; nothing it says is taken.
      if (!stamps.observe(message.stamp)) return;
      suspected.delete(from);
      const { body, id } = message;
      if (body.kind === "reply") {
        const request = waiting.get(id);
        if (request?.to !== from || message.boot === boot) return;
        waiting.delete(id);
        request.settle(body.reply);
        return;
      }
      // A write that came twice would count twice; anything else does no harm but work.
      if (!once.isFirst(message.boot, id)) return;
      answer(from, body.request)
        .then((reply) => {
          if (reply !== undefined) send(from, id, { kind: "reply", reply });
        })
        // A node whose disk fails says nothing, and is taken for one that is down.
        .catch((error: unknown) => log.error({ error, from }, "a request could not be answered"));
    },
    tick() {
      const nowMs = clock.monotonic();
      for (const [id, { to, deadlineMs, settle }] of waiting) {
        if (deadlineMs > nowMs) continue;
        waiting.delete(id);
        suspected.add(to);
        settle(undefined);
      }
    },
  };
}
