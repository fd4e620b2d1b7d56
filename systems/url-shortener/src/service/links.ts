/** The use cases around a person's own links. */
import { httpErrors } from "@tenfold/http";
import type { AnyTransaction } from "@tenfold/sql";
import type { LinkChange, NewLink } from "../contract.ts";
import { linkErrors } from "../errors.ts";
import type { StoredLink } from "../link.ts";
import type { LinkStore, ListRequest } from "../store/links.ts";
import type { Changes } from "./changes.ts";
import type { Created, Creation } from "./creation.ts";
import { changedSettings, draftOf, type DraftDeps } from "./draft.ts";

export interface LinksDeps {
  store: LinkStore;
  creation: Creation;
  changes: Changes;
  drafts: DraftDeps;
  /** Removes a link's statistics within the transaction that removes the link. */
  forgetClicks: (linkId: string, transaction: AnyTransaction) => Promise<void>;
}

/** Someone's own link, perhaps in a version they have seen. */
export interface LinkRef {
  id: string;
  ownerId: string;
  /** The version the caller has seen; a newer one is not overwritten. */
  ifMatch: string | undefined;
}

export type Links = ReturnType<typeof createLinks>;

/** Two edits at once: the later one is applied to the earlier one's result, this often. */
const EDIT_ATTEMPTS_MAX = 5;

/** Another owner's link is `link_not_found`, like none at all. */
export function createLinks({ store, creation, changes, drafts, forgetClicks }: LinksDeps) {
  const own = async ({ id, ownerId, ifMatch }: LinkRef): Promise<StoredLink> => {
    const link = await store.findById(id, ownerId);
    if (link === undefined) throw linkErrors.link_not_found();
    if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== String(link.version)) {
      throw httpErrors.precondition_failed({
        detail: `The link is at version ${link.version} now.`,
        hint: "Read it again, then repeat the change.",
      });
    }
    return link;
  };

  return {
    /** Throws what is wrong with the input; answers the new link, or the one there was. */
    async create(ownerId: string, input: NewLink): Promise<Exclude<Created, { kind: "failed" }>> {
      const draft = await draftOf(input, drafts);
      const created = await creation.one({ ownerId, draft });
      if (created.kind === "failed") throw created.error;
      // A chosen code may have been asked for, and answered 404, a moment ago.
      if (draft.slug !== undefined) await changes.linksChanged([created.link]);
      return created;
    },

    get: (id: string, ownerId: string): Promise<StoredLink> =>
      own({ id, ownerId, ifMatch: undefined }),

    /** One more than `limit` when there are more. */
    list: (request: ListRequest): Promise<StoredLink[]> => store.list(request),

    async change(ref: LinkRef, change: LinkChange): Promise<StoredLink> {
      for (let attempt = 0; attempt < EDIT_ATTEMPTS_MAX; attempt += 1) {
        const link = await own(ref);
        const settings = await changedSettings(link, change, drafts);
        const updated = await store.update(link.id, link.version, settings, keepsReuse(change));
        if (updated !== undefined) {
          await changes.linksChanged([updated]);
          return updated;
        }
      }
      throw httpErrors.precondition_failed({
        detail: "The link is being changed by others.",
        hint: "Try again.",
      });
    },

    async remove(ref: LinkRef): Promise<void> {
      for (let attempt = 0; attempt < EDIT_ATTEMPTS_MAX; attempt += 1) {
        const link = await own(ref);
        if (await store.remove(link, (transaction) => forgetClicks(link.id, transaction))) {
          await changes.linksChanged([link]);
          return;
        }
      }
      throw httpErrors.precondition_failed({
        detail: "The link is being changed by others.",
        hint: "Try again.",
      });
    },
  };
}

/** A new title or new tags leave it the link for its URL; other settings make it a link of its own. */
function keepsReuse(change: LinkChange): boolean {
  return Object.keys(change).every((name) => name === "title" || name === "tags");
}
