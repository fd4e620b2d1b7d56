/**
 * The way out of a session to its socket. Replies leave together, once the events that
 * the loop has found have all been looked at:
 *
 *     read a ─ run ─┐
 *     read b ─ run ─┼─▶ write a, write b, write c
 *     read c ─ run ─┘
 *
 * A client that is woken by the first of them finds more by the time it looks, and
 * need not be woken for each: on one core that is a third of the whole cost.
 */
import type { Socket } from "node:net";
import type { Outlet } from "./session.ts";

/** Outlets of one server that have something to send. */
export class Departures {
  #waiting: SocketOutlet[] = [];

  add(outlet: SocketOutlet): void {
    if (this.#waiting.length === 0) setImmediate(() => this.#depart());
    this.#waiting.push(outlet);
  }

  #depart(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const outlet of waiting) outlet.depart();
  }
}

export interface OutletEvents {
  departures: Departures;
  /** There may be room again, for one that was told to pause. */
  left: () => void;
  cut: (reason: string) => void;
}

export class SocketOutlet implements Outlet {
  readonly #socket: Socket;
  readonly #events: OutletEvents;
  #parts: Buffer[] = [];
  #bytes = 0;
  #isPaused = false;

  constructor(socket: Socket, events: OutletEvents) {
    this.#socket = socket;
    this.#events = events;
  }

  send(parts: readonly Buffer[]): void {
    if (this.#parts.length === 0) this.#events.departures.add(this);
    for (const part of parts) {
      this.#parts.push(part);
      this.#bytes += part.length;
    }
  }

  /** Hands over to the system what was sent. */
  depart(): void {
    const parts = this.#parts;
    const [only] = parts;
    if (only === undefined) return;
    this.#parts = [];
    this.#bytes = 0;
    const socket = this.#socket;
    if (socket.destroyed) return;
    if (parts.length === 1) socket.write(only);
    else {
      socket.cork();
      for (const part of parts) socket.write(part);
      socket.uncork();
    }
    // What was taken at once is followed by no event.
    if (this.#isPaused) this.#events.left();
  }

  unsentBytes(): number {
    return this.#bytes + this.#socket.writableLength;
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#socket.resume();
  }

  end(): void {
    this.depart();
    this.#socket.end(() => this.#socket.destroy());
  }

  cut(reason: string): void {
    this.#parts = [];
    this.#bytes = 0;
    this.#events.cut(reason);
    this.#socket.destroy();
  }
}
