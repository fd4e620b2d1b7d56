/**
 * The links between processes: messages are late, overtake each other, come twice
 * or not at all, and a link may be cut in one direction.
 */
import type { Message } from "../node/messages.ts";
import type { World } from "./world.ts";

export interface Weather {
  /** Of a hundred messages, how many are lost, come twice, or come seconds late. */
  lost: number;
  doubled: number;
  late: number;
}

export interface Links {
  readonly weather: Weather;
  send(from: string, to: string, message: Message): void;
  /** Cuts messages from one node to another, until `heal()`. */
  cut(from: string, to: string): void;
  heal(): void;
}

/** `deliver` is asked when a message is sent, and gives what to do when it arrives. */
export function createLinks(
  world: World,
  deliver: (from: string, to: string, message: Message) => () => void,
): Links {
  const { random } = world;
  const cuts = new Set<string>();
  const weather: Weather = { lost: 0, doubled: 0, late: 0 };
  const isOneOf = (ofHundred: number): boolean => random.float() * 100 < ofHundred;
  return {
    weather,
    send(from, to, message) {
      const copies = isOneOf(weather.doubled) ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        const lateMs = isOneOf(weather.late) ? random.float() * 3_000 : 0;
        if (cuts.has(`${from} ${to}`) || isOneOf(weather.lost)) continue;
        world.after(0.3 + random.float() * 6 + lateMs, deliver(from, to, message));
      }
    },
    cut: (from, to) => void cuts.add(`${from} ${to}`),
    heal: () => cuts.clear(),
  };
}
