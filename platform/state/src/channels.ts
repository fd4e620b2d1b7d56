/** Who receives which channel in this process: one subscription of the engine serves them all. */
import type { Log } from "@tenfold/core";
import type { StateDriver } from "./driver.ts";
import type { Unsubscribe } from "./state.ts";

export interface Channels {
  subscribe(channel: string, receive: (message: string) => void): Promise<Unsubscribe>;
  deliver(channel: string, message: string): void;
}

interface Audience {
  /** Keyed by subscription: the same function may be subscribed twice. */
  receivers: Map<symbol, (message: string) => void>;
  listening: Promise<void>;
}

export function createChannels(
  log: Log,
  driver: Pick<StateDriver, "listen" | "unlisten">,
): Channels {
  const audiences = new Map<string, Audience>();

  const join = (channel: string): Audience => {
    const present = audiences.get(channel);
    if (present !== undefined) return present;
    const audience: Audience = { receivers: new Map(), listening: Promise.resolve() };
    audiences.set(channel, audience);
    // A driver that is away remembers the channel, so a failure here is only a delay.
    audience.listening = driver.listen(channel).catch(() => undefined);
    return audience;
  };

  return {
    async subscribe(channel, receive) {
      const audience = join(channel);
      const id = Symbol(channel);
      audience.receivers.set(id, receive);
      await audience.listening;
      return async () => {
        if (!audience.receivers.delete(id) || audience.receivers.size > 0) return;
        audiences.delete(channel);
        await driver.unlisten(channel).catch(() => undefined);
      };
    },
    deliver(channel, message) {
      // A copy: receivers may come and go while the message is handed out.
      for (const receive of Array.from(audiences.get(channel)?.receivers.values() ?? [])) {
        try {
          receive(message);
        } catch (error) {
          // One receiver's fault must not keep the message from the others.
          log.error({ channel, error }, "a receiver of messages threw");
        }
      }
    },
  };
}
