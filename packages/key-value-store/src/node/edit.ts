/**
 * What an owner is asked to do with the cells of one key, as data: it judges
 * conditions and types on what it holds, under the cells' locks, and writes all of
 * it with one fsync.
 */
import type { Cell, Vector } from "../cell.ts";
import type { ExpireCondition, ExpiryChange } from "../keyspace.ts";
import type { CollectionType, Payload } from "../payload.ts";

/** What is done with the head, or only asked of it. */
export type HeadEdit =
  /** A string over whatever was there. `wantsString`: refused over another type. */
  | {
      readonly kind: "set";
      readonly bytes: Uint8Array;
      readonly expiry: ExpiryChange;
      readonly when: "always" | "if-absent" | "if-present";
      readonly wantsString: boolean;
    }
  | { readonly kind: "remove"; readonly wantsString: boolean }
  | {
      readonly kind: "expire";
      readonly expiry: ExpiryChange;
      readonly when: ExpireCondition;
      readonly wantsString: boolean;
    }
  | { readonly kind: "add"; readonly by: bigint }
  | { readonly kind: "add-float"; readonly by: number }
  /** Elements are to be written: the key is of the type from here on. */
  | { readonly kind: "open"; readonly type: CollectionType }
  /** Elements are to be removed: the key is of the type, or absent. */
  | { readonly kind: "expect"; readonly type: CollectionType }
  /** Ends a collection that has expired. */
  | { readonly kind: "end" }
  /** Nothing: the elements are edited whatever the key is. */
  | { readonly kind: "any" }
  /** Replaces what the context has seen, and stays beside the rest, of which there may be `siblingsMax`. */
  | {
      readonly kind: "version";
      readonly payload: Payload;
      readonly context: Vector;
      readonly siblingsMax: number;
    };

export type ElementEdit =
  | { readonly kind: "put"; readonly bytes: Uint8Array; readonly when: "always" | "if-absent" }
  | { readonly kind: "remove" }
  | { readonly kind: "add"; readonly by: bigint }
  | { readonly kind: "add-float"; readonly by: number }
  | {
      readonly kind: "score";
      readonly score: number;
      readonly change: "set" | "increment";
      readonly when: "always" | "if-absent" | "if-present";
      readonly only: "any" | "greater" | "less";
    };

export interface ElementChange {
  readonly place: Uint8Array;
  readonly edit: ElementEdit;
}

/** The edits of one key. Elements are of the head's key, each at most once. */
export interface KeyEdit {
  readonly place: Uint8Array;
  readonly edit: HeadEdit;
  readonly elements: readonly ElementChange[];
  /** The time by which expiry is judged. */
  readonly nowMs: number;
}

/** Whether a write is answered once it is on the disk, or once it is in memory. */
export type Durability = "memory" | "disk";

/** Why an owner did nothing. The codes are those of `errors.ts`. */
export type Refusal =
  | "wrong_type"
  | "not_an_integer"
  | "increment_overflow"
  | "not_a_float"
  | "too_many_siblings"
  /** Not for clients: whether the key has elements decides, or a floor is needed, and it was not asked. */
  | "elements_asked";

/** The head first, then the elements as given, before and after. Equal ones were not written. */
export type EditOutcome =
  | { readonly kind: "edited"; readonly before: readonly Cell[]; readonly after: readonly Cell[] }
  | { readonly kind: "refused"; readonly code: Refusal };
