/**
 * Many links in one request. Each item is checked and answered by itself; the
 * good ones travel to the database 1,000 to a statement.
 */
import { hasCode, TenfoldError } from "@tenfold/core";
import { Compile } from "typebox/compile";
import type { Static } from "typebox";
import { NewLink, type BulkResult } from "../contract.ts";
import { linkErrors } from "../errors.ts";
import type { Changes } from "./changes.ts";
import type { Created, Creation, Order } from "./creation.ts";
import { draftOf, type DraftDeps } from "./draft.ts";

type Bulk = Static<typeof BulkResult>;
type BulkItem = Bulk["items"][number];

export interface BulkDeps {
  creation: Pick<Creation, "many">;
  changes: Pick<Changes, "linksChanged">;
  drafts: DraftDeps;
}

const CHUNK = 1000;
/** Each takes 20 ms of a processor to hash. */
const PASSWORDS_MAX = 50;
const newLink = Compile(NewLink);

/** Creates what can be created; the answer keeps the input's order. */
export async function createBulk(
  deps: BulkDeps,
  ownerId: string,
  items: readonly unknown[],
): Promise<Bulk> {
  const results: BulkItem[] = [];
  const check = createItemCheck(deps.drafts, ownerId, results);
  // While the database takes one chunk, the next is being checked.
  let storing = Promise.resolve();
  for (let start = 0; start < items.length; start += CHUNK) {
    const orders: ItemOrder[] = [];
    for (const [offset, item] of items.slice(start, start + CHUNK).entries()) {
      const order = await check(item, start + offset);
      if (order !== undefined) orders.push(order);
    }
    await storing;
    storing = storeChunk(deps, orders, results);
    // Its failure is thrown where it is awaited, a chunk later.
    storing.catch(() => undefined);
  }
  await storing;
  const count = (status: BulkItem["status"]): number =>
    results.filter((result) => result.status === status).length;
  return {
    created: count("created"),
    reused: count("reused"),
    failed: count("failed"),
    items: results,
  };
}

interface ItemOrder extends Order {
  index: number;
}

/** Checks one item after the other; what is wrong with one goes into `results`. */
function createItemCheck(drafts: DraftDeps, ownerId: string, results: BulkItem[]) {
  let passwords = 0;
  return async (item: unknown, index: number): Promise<ItemOrder | undefined> => {
    try {
      const input = parseItem(item);
      if (typeof input.password === "string" && (passwords += 1) > PASSWORDS_MAX) {
        const detail = `At most ${PASSWORDS_MAX} items of a request may have a password.`;
        throw linkErrors.bulk_password_refused({ detail });
      }
      return { index, ownerId, draft: await draftOf(input, drafts) };
    } catch (error) {
      results[index] = failure(error);
      return undefined;
    }
  };
}

async function storeChunk(
  { creation, changes, drafts }: BulkDeps,
  orders: readonly ItemOrder[],
  results: BulkItem[],
): Promise<void> {
  const created = await creation.many(orders);
  for (const [position, { index }] of orders.entries()) {
    results[index] = itemOf(created[position], drafts.domains.shortUrl);
  }
  const chosen = orders.flatMap(({ draft: { domain, slug } }) =>
    slug === undefined ? [] : [{ domain, code: slug }],
  );
  await changes.linksChanged(chosen);
}

/**
 * What is wrong with an item is that item's answer, also that its password
 * found no place in the queue; anything else fails the request.
 */
function failure(error: unknown): BulkItem {
  if (!(error instanceof TenfoldError)) throw error;
  if (error.status >= 500 && !hasCode(error, "password_busy")) throw error;
  const field = error.fields[0]?.field;
  return {
    status: "failed",
    error: { code: error.code, detail: error.detail, ...(field === undefined ? {} : { field }) },
  };
}

function itemOf(
  created: Created | undefined,
  shortUrl: (domain: string, code: string) => string,
): BulkItem {
  if (created === undefined) throw new Error("a bulk item got no result");
  if (created.kind === "failed") return failure(created.error);
  const { id, domain, code } = created.link;
  return { status: created.kind, id, code, shortUrl: shortUrl(domain, code) };
}

function parseItem(item: unknown): NewLink {
  if (newLink.Check(item)) return item;
  const [error] = newLink.Errors(item);
  const field = error?.instancePath ?? "";
  const detail = `${field === "" ? "The item" : field} ${error?.message ?? "is not valid"}.`;
  throw new TenfoldError(
    "validation_failed",
    { status: 400, title: "Some fields are missing or not allowed" },
    { detail, fields: [{ field, detail }] },
  );
}
