/**
 * The running commands of a connection, in the order in which they came: a ring of
 * places that are used again and again, each with its two callbacks, so that a
 * command that runs costs no object of its own.
 *
 *        head                tail
 *     ┌───┬───┬───┬───┬───┬───┬───┬───┐
 *     │   │run│ok │run│ok │   │   │   │    the first has no reply yet: nothing leaves
 *     └───┴───┴───┴───┴───┴───┴───┴───┘
 */
import type { CommandSpec } from "../commands/command.ts";
import type { Reply } from "./reply.ts";

/** Places that a connection keeps while it has nothing running; a power of two. */
const idlePlaces = 32;

/** A command that runs, or whose reply waits for those before it. */
export interface Place {
  reply: Reply | undefined;
  spec: CommandSpec | undefined;
  writes: boolean;
  /** The hashes of its keys; the list is the place's own. */
  readonly keys: number[];
  readonly onReply: (reply: Reply) => void;
  readonly onError: (error: unknown) => void;
}

export interface ReplyQueueEvents {
  /** A promise given to `place` has settled. */
  settled: (place: Place, reply: Reply) => void;
  failed: (place: Place, error: unknown) => void;
}

export class ReplyQueue {
  readonly #events: ReplyQueueEvents;
  #ring: (Place | undefined)[] = [undefined, undefined];
  #head = 0;
  /** Commands that have a place. */
  length = 0;

  constructor(events: ReplyQueueEvents) {
    this.#events = events;
  }

  /** A place behind all others, without a reply. */
  add(): Place {
    if (this.length === this.#ring.length) this.#grow();
    const at = (this.#head + this.length) & (this.#ring.length - 1);
    this.length += 1;
    const place = (this.#ring[at] ??= this.#newPlace());
    place.reply = undefined;
    return place;
  }

  /** Takes the first reply when it is there; `undefined` when it is not. */
  takeFirst(): Reply | undefined {
    if (this.length === 0) return undefined;
    const first = this.#ring[this.#head];
    const reply = first?.reply;
    if (first === undefined || reply === undefined) return undefined;
    first.reply = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.length -= 1;
    // A burst is not paid for until the connection ends.
    if (this.length === 0 && this.#ring.length > idlePlaces) this.#ring.length = idlePlaces;
    if (this.length === 0) this.#head = 0;
    return reply;
  }

  #newPlace(): Place {
    const { settled, failed } = this.#events;
    const place: Place = {
      reply: undefined,
      spec: undefined,
      writes: false,
      keys: [],
      onReply: (reply) => settled(place, reply),
      onError: (error) => failed(place, error),
    };
    return place;
  }

  #grow(): void {
    const ring = this.#ring;
    const inOrder = ring.map((_, i) => ring[(this.#head + i) & (ring.length - 1)]);
    this.#ring = [...inOrder, ...ring.map(() => undefined)];
    this.#head = 0;
  }
}
