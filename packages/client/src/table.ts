/**
 * The types of a call, read off a route table. A table is known here only by
 * its shape, so this package needs nothing of the server's.
 */
import type { Static, TSchema } from "typebox";

/** What the client must know of a route. */
export interface RouteShape {
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  readonly consumes?: readonly string[];
  readonly responses: Readonly<Record<number, TSchema | string>>;
}

/** Routes by `METHOD /path/{parameter}`. Merge tables with `&`. */
export type TableShape = Readonly<Record<string, RouteShape>>;

type StaticOf<Spec, Part extends string> =
  Spec extends Readonly<Record<Part, infer Schema extends TSchema>> ? Static<Schema> : never;

/** Making every field optional changes nothing. */
type AllOptional<Value> = Partial<Value> extends Value ? true : false;

/** A part that may be left out is optional: no schema, or one that `{}` fits. */
type Take<Name extends string, Value> = [Value] extends [never]
  ? { readonly [Key in Name]?: undefined }
  : AllOptional<Value> extends true
    ? { readonly [Key in Name]?: Value }
    : { readonly [Key in Name]: Value };

/** A JSON body from its schema, or text with one of the content types that the route takes. */
type BodyPart<Spec> = Spec extends { readonly consumes: readonly (infer Type extends string)[] }
  ? { readonly body: string; readonly contentType: Type }
  : Take<"body", StaticOf<Spec, "body">>;

/** What comes along with any call. */
export interface CallExtras {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Makes a create safe to send again: the same key gives the first answer. */
  readonly idempotencyKey?: string;
  /** Refuses to overwrite a newer version, `precondition_failed`. */
  readonly ifMatch?: string | number;
}

export type CallOf<Spec extends RouteShape> = Take<"params", StaticOf<Spec, "params">> &
  Take<"query", StaticOf<Spec, "query">> &
  BodyPart<Spec> &
  CallExtras;

/** The whole argument may be left out when every part may. */
export type CallArguments<Spec extends RouteShape> =
  AllOptional<CallOf<Spec>> extends true ? [call?: CallOf<Spec>] : [call: CallOf<Spec>];

type SuccessStatus = 200 | 201 | 202 | 203 | 204 | 205 | 206 | 207;

type Payload<Status, Schema> = Status extends 204 | 205
  ? undefined
  : Schema extends `text/${string}`
    ? string
    : Schema extends string
      ? string | Uint8Array
      : Schema extends TSchema
        ? Static<Schema>
        : unknown;

/** One of the route's declared successes; everything else is thrown as `ApiProblem`. */
export type ReplyOf<Spec extends RouteShape> = {
  [Status in keyof Spec["responses"] & SuccessStatus]: {
    status: Status;
    body: Payload<Status, Spec["responses"][Status]>;
    headers: Headers;
  };
}[keyof Spec["responses"] & SuccessStatus];

/** The item of a route that answers `{ items, nextCursor }`. */
export type ItemOf<Spec extends RouteShape> =
  ReplyOf<Spec> extends { body: { items: (infer Item)[] } } ? Item : never;

/** Keys of routes that answer `{ items, nextCursor }`. */
export type ListKey<Table extends TableShape> = {
  [Key in keyof Table & string]: ReplyOf<Table[Key]> extends {
    body: { items: unknown[]; nextCursor: string | null };
  }
    ? Key
    : never;
}[keyof Table & string];
