/**
 * What an engine must do. The portable half (`portable.ts`) checks arguments,
 * catches, measures, coalesces loads and keeps the list of receivers, once
 * for all engines.
 *
 * A driver method rejects when it could not be carried out: with `EngineAway`
 * when the engine cannot be reached, with anything else when it refused. Keys,
 * values and times have been checked. Nothing waits longer than the driver's
 * command timeout.
 */
import type { Service } from "@tenfold/core";
import type { Scripts } from "./state.ts";

export interface StateDriver extends Service {
  readonly shared: boolean;
  /** Where the engine runs Lua. */
  readonly scripts?: Scripts;
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
  /** Sets when absent, answering `undefined`; else leaves what is there and answers it. Atomic. */
  claim(key: string, value: string, ttlMs: number): Promise<string | undefined>;
  /** When `key` holds `expected`: stores `next`, or removes the key without one. Atomic. */
  swap(key: string, expected: string, next?: Stored): Promise<boolean>;
  increment(key: string, by: number, ttlMs: number): Promise<number>;
  delete(keys: readonly string[]): Promise<void>;
  publish(channel: string, message: string): Promise<void>;
  /** Messages of `channel` go to `events.message` from now on, also after a reconnect. */
  listen(channel: string): Promise<void>;
  unlisten(channel: string): Promise<void>;
  healthy(): boolean;
}

export interface Stored {
  value: string;
  ttlMs: number;
}

/** What a driver tells the portable half. */
export interface DriverEvents {
  message(channel: string, message: string): void;
  reconnected(): void;
}

/** The engine cannot be reached, or did not answer in time. */
export class EngineAway extends Error {
  override readonly name = "EngineAway";
}
