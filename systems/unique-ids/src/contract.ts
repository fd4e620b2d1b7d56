/** The HTTP contract of unique IDs. */
import { Id, routes, Time } from "@tenfold/http/routes";
import { Type, type Static } from "typebox";

const closed = { additionalProperties: false };

/** The most IDs one request may ask for. */
export const ID_COUNT_MAX = 10_000;

export const NewIds = Type.Object({
  /** In rising order; 64-bit numbers as text. */
  ids: Type.Array(Type.String()),
});

export const DecodedId = Type.Object({
  id: Id,
  /** When it was made; a little ahead when it was made in a burst. */
  madeAt: Time,
  datacenterId: Type.Integer(),
  workerId: Type.Integer(),
  /** Its number within that ms, from 0 to 4,095. */
  sequence: Type.Integer(),
  /** The same number in digits and letters, at most 11 of them. */
  base62: Type.String(),
});
export type DecodedId = Static<typeof DecodedId>;

export const idRoutes = routes({
  "GET /v1/ids": {
    summary: "New unique IDs",
    description:
      "Each answer is new, so it must not be cached or sent again. The IDs of one answer rise, and so do those of later answers of the same process.",
    auth: { scope: "ids:read" },
    query: Type.Object(
      { count: Type.Optional(Type.Integer({ minimum: 1, maximum: ID_COUNT_MAX, default: 1 })) },
      closed,
    ),
    responses: { 200: NewIds },
    errors: ["clock_behind", "time_not_reserved", "lease_lost"],
  },
  "GET /v1/ids/{id}": {
    summary: "What an ID says: when and where it was made",
    auth: { scope: "ids:read" },
    params: Type.Object({ id: Id }, closed),
    responses: { 200: DecodedId },
    errors: ["id_not_made_yet"],
  },
});
export type IdRoutes = typeof idRoutes;
