/**
 * Replies as values. What JavaScript has is itself; the rest says what it is:
 *
 *     here                        RESP2                        RESP3
 *     number (whole), bigint      :1                           :1
 *     string, Uint8Array          $3 bulk string               $3 bulk string
 *     null                        $-1                          _
 *     boolean                     :1 or :0                     #t or #f
 *     array                       *2                           *2
 *     { simple }                  +OK                          +OK
 *     { error }                   -ERR …                       -ERR …
 *     { double }                  bulk string                  ,1.5
 *     { map }                     *4, keys and values by turns %2
 *     { set }                     *2                           ~2
 *     { push }                    *2                           >2
 *     { verbatim }                bulk string                  =7 txt:…
 *     { nullArray }               *-1                          _
 *
 * A handler answers once, for both versions of the protocol.
 */

/** A reply of either protocol version. Bytes are sent as they are, and not copied when large. */
export type Reply =
  | number
  | bigint
  | string
  | Uint8Array
  | null
  | boolean
  | readonly Reply[]
  | SimpleReply
  | ErrorReply
  | DoubleReply
  | MapReply
  | SetReply
  | PushReply
  | VerbatimReply
  | NullArrayReply;

/** A status such as OK; one line of ASCII. */
export interface SimpleReply {
  readonly simple: string;
}

/** An error: its code in capitals, a space, and a sentence. */
export interface ErrorReply {
  readonly error: string;
}

export interface DoubleReply {
  readonly double: number;
}

export interface MapReply {
  readonly map: ReadonlyArray<readonly [Reply, Reply]>;
}

export interface SetReply {
  readonly set: readonly Reply[];
}

/** A message nobody asked for. */
export interface PushReply {
  readonly push: readonly Reply[];
}

/** Text for people to read. */
export interface VerbatimReply {
  readonly verbatim: string;
}

export interface NullArrayReply {
  readonly nullArray: true;
}

export const OK: SimpleReply = Object.freeze({ simple: "OK" });
export const nullArray: NullArrayReply = Object.freeze({ nullArray: true });

/** An error reply; `code` is what programs look at, the text is for people. */
export function errorReply(text: string, code = "ERR"): ErrorReply {
  return { error: `${code} ${text}` };
}
