/**
 * The links between processes: messages are late, overtake each other, come twice
 * or not at all, and a link may be cut in one direction.
 */
import type { Message } from "../node/messages.ts";
import type { Random } from "@tenfold/core";
import { encodeFrame, FrameReader, frameKinds } from "../wire/frames.ts";
import { decodeMessage, encodeMessage } from "../wire/message-codec.ts";
import type { World } from "./world.ts";

export const fairWeather: Readonly<Weather> = { lost: 0, doubled: 0, late: 0, damaged: 0 };

export interface Weather {
  /** Of a hundred messages, how many are lost, come twice, come seconds late, or with a byte changed. */
  lost: number;
  doubled: number;
  late: number;
  damaged: number;
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
  const weather: Weather = { ...fairWeather };
  const isOneOf = (ofHundred: number): boolean => random.float() * 100 < ofHundred;
  return {
    weather,
    send(from, to, message) {
      const copies = isOneOf(weather.doubled) ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        const lateMs = isOneOf(weather.late) ? random.float() * 3_000 : 0;
        if (cuts.has(`${from} ${to}`) || isOneOf(weather.lost)) continue;
        const frame = encodeFrame(frameKinds.message, encodeMessage(message));
        if (isOneOf(weather.damaged)) damage(frame, random);
        const arrived = read(frame);
        if (arrived === undefined) continue;
        world.after(0.3 + random.float() * 6 + lateMs, deliver(from, to, arrived));
      }
    },
    cut: (from, to) => void cuts.add(`${from} ${to}`),
    heal: () => cuts.clear(),
  };
}

function damage(frame: Buffer, random: Random): void {
  const at = random.below(frame.length);
  frame[at] = (frame[at] ?? 0) ^ (1 << random.below(8));
}

/** What the other side takes it for: every message goes through the frames and the codec of the wire. */
function read(frame: Buffer): Message | undefined {
  try {
    const [whole] = new FrameReader(frame.length).push(frame);
    return whole === undefined ? undefined : decodeMessage(whole.body);
  } catch (error) {
    // A frame that is none; the real connection ends here, and the message with it.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
