/** What nodes say to each other. A request is answered with one reply, or not at all. */
import type { Cell, Dot, Vector } from "../cell.ts";
import type { Accepted } from "../consensus/acceptor-record.ts";
import type { RegisterNames } from "../consensus/acceptor.ts";
import type { Ballot } from "../consensus/ballot.ts";
import type { GroupSum } from "./digests.ts";
import type { Hash } from "../hash-tree.ts";
import type { ConfiguredMember } from "../cluster/configuration.ts";
import type { Rumour } from "../cluster/rumours.ts";
import type { Payload } from "../payload.ts";
import type { Durability, EditOutcome, KeyEdit } from "./edit.ts";
import type { Survey } from "./known.ts";
import type { Range } from "./ports.ts";

/** One write of one cell, as its owner is asked to do it. */
export type WriteCommand =
  /** Replaces what the context has seen; `held`: whatever the owner holds. */
  | { readonly kind: "put"; readonly payload: Payload; readonly context: Vector | "held" }
  | { readonly kind: "add"; readonly by: bigint };

/** An edit with what it needs to count as done. */
export interface EditRequest {
  readonly edit: KeyEdit;
  /** How many owners are asked for what they hold before: 1 is the one that edits. */
  readonly readQuorum: number;
  readonly writeQuorum: number;
  readonly durability: Durability;
}

export interface PlacedCell {
  readonly place: Uint8Array;
  readonly cell: Cell;
  /** The cell as bytes, where they are at hand. */
  readonly record?: Uint8Array | undefined;
}

export type Request =
  | { readonly kind: "ping"; readonly rumours: readonly Rumour[] }
  /** Asks for a third one to be pinged. */
  | { readonly kind: "probe"; readonly target: string }
  /** The configuration, when it is of a higher version. */
  | { readonly kind: "configuration"; readonly above: number }
  /** Asks to be taken into the cluster. */
  | { readonly kind: "join"; readonly member: ConfiguredMember }
  /** Tells the steward what the sender has whole of what it is to own, and still holds of what it is not. */
  | {
      readonly kind: "report";
      readonly filled: readonly number[];
      readonly held: number;
      readonly version: number;
    }
  /** Asks an owner to compare itself with the sender, which is about to let go. */
  | { readonly kind: "take-over"; readonly partition: number }
  /** The next page of a partition, in the order of places; nothing is before the first. */
  | { readonly kind: "pull"; readonly partition: number; readonly after: Uint8Array }
  /** Sums over groups of the partitions that both own. */
  | { readonly kind: "summary" }
  /** The roots of many partitions' trees. */
  | { readonly kind: "roots"; readonly partitions: readonly number[] }
  | { readonly kind: "read"; readonly place: Uint8Array }
  /** Asks whether this dot is the cell's only version there; "done" says so. */
  | { readonly kind: "confirm"; readonly place: Uint8Array; readonly dot: Dot }
  | { readonly kind: "merge"; readonly placed: PlacedCell }
  | {
      readonly kind: "hint";
      readonly target: string;
      readonly place: Uint8Array;
      readonly cell: Cell;
    }
  | {
      readonly kind: "write";
      readonly place: Uint8Array;
      readonly command: WriteCommand;
      readonly writeQuorum: number;
    }
  /** Several cells of one partition. */
  | { readonly kind: "survey"; readonly places: readonly Uint8Array[] }
  | {
      readonly kind: "merge-all";
      readonly cells: readonly PlacedCell[];
      readonly durability: Durability;
    }
  | { readonly kind: "page"; readonly range: Range }
  /** Heads of keys that the asked one owns, from a place on. */
  | { readonly kind: "heads"; readonly from: Uint8Array; readonly limit: number }
  | { readonly kind: "edit"; readonly request: EditRequest }
  | {
      readonly kind: "hashes";
      readonly partition: number;
      readonly level: number;
      readonly index: number;
    }
  | {
      readonly kind: "leaf";
      readonly partition: number;
      /** From the first place up to but without the second: a leaf, or a page of it. */
      readonly from: Uint8Array;
      readonly to: Uint8Array;
      readonly held: readonly { readonly place: Uint8Array; readonly dots: readonly Dot[] }[];
    }
  /** The rounds of consensus; see `consensus/`. A key's register is named by its place. */
  | { readonly kind: "prepare"; readonly register: Uint8Array; readonly ballot: Ballot }
  | {
      readonly kind: "accept";
      readonly register: Uint8Array;
      readonly ballot: Ballot;
      readonly value: Uint8Array;
      /** A later ballot of the same proposer, promised with the acceptance. */
      readonly next: Ballot | undefined;
    }
  | { readonly kind: "inspect"; readonly register: Uint8Array }
  /** Names of a partition's registers after one of them; after none is from the first on. */
  | { readonly kind: "registers"; readonly partition: number; readonly after: Uint8Array };

export type Reply =
  | { readonly kind: "done" }
  | { readonly kind: "refused" }
  /** Nothing was done: the asker's configuration is too old for the partition. */
  | { readonly kind: "stale" }
  | { readonly kind: "rumours"; readonly rumours: readonly Rumour[] }
  | { readonly kind: "configuration"; readonly bytes: Uint8Array }
  | {
      readonly kind: "pulled";
      /** None: that was the last. */
      readonly cells: readonly { readonly place: Uint8Array; readonly cell: Cell }[];
      /** About the size of the cells. */
      readonly bytes: number;
    }
  | { readonly kind: "summary"; readonly groups: readonly GroupSum[] }
  | {
      readonly kind: "roots";
      /** In the order asked. */
      readonly roots: readonly { readonly hash: Hash; readonly knowledge: Vector }[];
    }
  /** A cell, and what its holder knows of its partition. */
  | { readonly kind: "cell"; readonly cell: Cell; readonly knowledge: Vector }
  | ({ readonly kind: "survey" } & Survey)
  | {
      readonly kind: "page";
      readonly cells: readonly PlacedCell[];
      readonly isWhole: boolean;
      readonly knowledge: Vector;
    }
  | { readonly kind: "edited"; readonly outcome: EditOutcome }
  | {
      readonly kind: "hashes";
      readonly hashes: readonly Hash[];
      readonly knowledge: Vector;
      /** Another number once the holder lost or gave away what it had. */
      readonly holder: number;
    }
  | {
      readonly kind: "cells";
      readonly cells: readonly { readonly place: Uint8Array; readonly cell: Cell }[];
      /** Where to go on, when not all of the range is in the reply; else empty. */
      readonly next: Uint8Array;
      readonly holder: number;
    }
  | ({ readonly kind: "registers" } & RegisterNames)
  /** An acceptor's yes or no, with its promise, and what it had accepted when that was asked for. */
  | {
      readonly kind: "vote";
      readonly isGranted: boolean;
      readonly promised: Ballot;
      readonly accepted: Accepted | undefined;
    };

export interface Message {
  /** The sender's start: another one each time its process starts. */
  readonly boot: number;
  /** Rises with each request of a boot; a reply has its request's. */
  readonly id: number;
  /** The sender's hybrid clock. */
  readonly stamp: number;
  /** The version of the configuration that the sender acts by; 0 for none. */
  readonly version: number;
  readonly body:
    | { readonly kind: "request"; readonly request: Request }
    | { readonly kind: "reply"; readonly reply: Reply };
}
