/** What a line of the tables of good calls is, and what many of them say alike. */
import { randomUUID } from "node:crypto";
import type { World } from "./world.ts";

export interface GoodCall {
  params?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: Readonly<Record<string, unknown>>;
  /** Sent as it is, with the route's own content type. */
  text?: string;
  /** Who calls, where it must be somebody in particular. */
  token?: string;
}

/** A call that differs from the good one in a way the schema allows and the route does not. */
export interface BadCall extends GoodCall {
  name: string;
  status: number;
  code: string;
}

export interface Entry {
  /** Makes what it needs anew, so that it can be called again. */
  good(world: World): GoodCall | Promise<GoodCall>;
  bad?(world: World): readonly BadCall[] | Promise<readonly BadCall[]>;
  /** The thing in `{id}` belongs to the caller: to others it does not exist. */
  owned?: string;
}

/** The query of every list. */
export const page = { limit: "5" };
const unknownId = "1234567890123456789";
/** A well-formed ID that leads to nothing. */
export const unknown = (code: string): BadCall => ({
  name: "an ID that nothing has",
  params: { id: unknownId },
  status: 404,
  code,
});
export const email = (): string => `${randomUUID()}@example.org`;
/** Of two letters that make no word: hexadecimal digits now and then read as a rude one. */
export const someSlug = (): string =>
  Array.from({ length: 48 }, () => (Math.random() < 0.5 ? "x" : "z")).join("");
export const inDays = (days: number): string =>
  new Date(Date.now() + days * 86_400_000).toISOString();

/** An address of TEST-NET-like private space, so that limits per network are not met by accident. */
export function someAddress(): string {
  const byte = (): number => Math.floor(Math.random() * 256);
  return `10.${byte()}.${byte()}.${byte()}`;
}
