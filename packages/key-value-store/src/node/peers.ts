/**
 * Requests to other nodes, each with a deadline. What is heard and what is missed
 * goes to the membership, which says whether a peer is worth asking.
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
  readonly request: (
    to: string,
    request: Request,
    timeoutMs: number,
    /** Called once when there is no reply after what replies usually take. */
    slow?: () => void,
  ) => Promise<Reply | undefined>;
  /** False from a missed deadline until the peer is heard of again. */
  readonly isReachable: (peer: string) => boolean;
  readonly receive: (from: string, message: Message) => void;
  /** The way to a peer broke: what was asked of it will not be answered. */
  readonly lost: (peer: string) => void;
  /** Ends requests whose time is over, and tells of those that are slow. */
  readonly tick: () => void;
}

export interface PeersDeps {
  readonly boot: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly stamps: HybridClock;
  readonly network: Network;
  /** Answers a request; `undefined` says nothing, and the asker's deadline will pass. */
  readonly answer: (from: string, message: Incoming) => Promise<Reply | undefined>;
  readonly liveness: {
    isReachable(peer: string): boolean;
    heard(peer: string): void;
    missed(peer: string): void;
  };
  /** The configuration's version here, and what becomes of the ones heard of. */
  readonly versions: {
    own(): number;
    heard(from: string, version: number): void;
    catchUp(from: string, version: number): Promise<void>;
  };
}

/** A request, and the version of the configuration that its sender acts by. */
export interface Incoming {
  readonly request: Request;
  readonly version: number;
}

interface Waiting {
  to: string;
  deadlineMs: number;
  slowMs: number;
  slow: (() => void) | undefined;
  settle: (reply: Reply | undefined) => void;
}

/** Far above what an answer takes on a network within one region, a queue on a busy node included. */
const SLOW_MS = 50;

export function createPeers(deps: PeersDeps): Peers {
  const { boot, clock, log, stamps, network, answer, liveness, versions } = deps;
  const waiting = new Map<number, Waiting>();
  const once = createOnce();
  let lastId = 0;
  const send = (to: string, id: number, body: Message["body"]): void => {
    network.send(to, { boot, id, stamp: stamps.tell(), version: versions.own(), body });
  };
  /** Ends what is asked of peers that will not answer. */
  const giveUp = (isOver: (request: Waiting) => boolean): void => {
    // What is found out below makes new requests.
    for (const [id, request] of [...waiting].filter(([, each]) => isOver(each))) {
      waiting.delete(id);
      liveness.missed(request.to);
      request.settle(undefined);
    }
  };
  return {
    request(to, request, timeoutMs, slow) {
      lastId += 1;
      const id = lastId;
      return new Promise((settle) => {
        const nowMs = clock.monotonic();
        const [deadlineMs, slowMs] = [nowMs + timeoutMs, nowMs + SLOW_MS];
        waiting.set(id, { to, deadlineMs, slowMs, slow, settle });
        send(to, id, { kind: "request", request });
      });
    },
    isReachable: (peer) => liveness.isReachable(peer),
    receive(from, message) {
      // Its stamps would drag this node's clock along; nothing it says is taken.
      if (!stamps.observe(message.stamp)) return;
      liveness.heard(from);
      versions.heard(from, message.version);
      const { body, id, version } = message;
      if (body.kind === "reply") {
        const request = waiting.get(id);
        if (request === undefined || message.boot === boot) return;
        // One that was asked by its address answers by its name.
        if (request.to !== from && !request.to.includes(":")) return;
        waiting.delete(id);
        if (body.reply.kind !== "stale") request.settle(body.reply);
        // Who asks again is to ask by what made the answer stale.
        else {
          void versions
            .catchUp(from, version)
            // Its disk is full, perhaps. Whoever asks by the old one is told so again.
            .catch((error: unknown) =>
              log.warn({ error, from }, "a newer configuration could not be taken over"),
            )
            .finally(() => request.settle(body.reply));
        }
        return;
      }
      // A write that came twice would count twice; anything else does no harm but work.
      if (!once.isFirst(message.boot, id)) return;
      answer(from, { request: body.request, version }).then(
        (reply) => {
          if (reply !== undefined) send(from, id, { kind: "reply", reply });
        },
        // A node whose disk fails says nothing, and is taken for one that is down.
        (error: unknown) => log.error({ error, from }, "a request could not be answered"),
      );
    },
    lost(peer) {
      giveUp(({ to }) => to === peer);
      liveness.missed(peer);
    },
    tick() {
      const nowMs = clock.monotonic();
      giveUp(({ deadlineMs }) => deadlineMs <= nowMs);
      const slow = [...waiting.values()].filter(
        (request) => request.slow !== undefined && request.slowMs <= nowMs,
      );
      for (const request of slow) {
        const tell = request.slow;
        request.slow = undefined;
        tell?.();
      }
    },
  };
}
