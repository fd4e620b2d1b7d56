/**
 * Making links: one at a time for callers, many at a time for the database.
 *
 *   drafts ─▶ codes ─▶ INSERT … ON CONFLICT DO NOTHING ─▶ all in? done
 *               ▲                  │ some refused
 *               │                  ├─ same owner, URL, settings exist ─▶ that link (reused)
 *               │                  ├─ the slug was chosen ─────────────▶ slug_taken
 *               └── a new code ◀───┴─ the code was taken
 */
import { hasCode, TenfoldError, type Clock } from "@tenfold/core";
import type { Sql } from "@tenfold/sql";
import { createBatcher } from "../batcher.ts";
import type { CodeSource } from "../codes/codes.ts";
import { linkErrors } from "../errors.ts";
import type { StoredLink } from "../link.ts";
import { findTwins, insertLinks, type LinkInsert } from "../store/inserts.ts";
import type { Draft } from "./draft.ts";

export type Created =
  | { kind: "created"; link: StoredLink }
  | { kind: "reused"; link: StoredLink }
  | { kind: "failed"; error: TenfoldError };

export interface Order {
  ownerId: string;
  draft: Draft;
}

export interface CreationDeps {
  sql: Sql;
  clock: Clock;
  codes: CodeSource;
  nextId(): string;
  /** Told of every new link. Must not throw. */
  onCreated(links: readonly StoredLink[]): void;
}

export interface Creation {
  /** Durable when it resolves. Shares its commit with whoever creates at the same moment. */
  one(order: Order): Promise<Created>;
  /** One result per order; in few statements. */
  many(orders: readonly Order[]): Promise<readonly Created[]>;
}

/** After so many codes were taken, something is wrong with the source. */
const ATTEMPTS_MAX = 8;
const BATCH_MAX = 256;
const LANES_MAX = 2;
/**
 * What a create may wait for others to share its statement, which costs far more than a row in
 * it: at 1,160 creates a second, 10 ms take a third less of Node and half of Postgres than 5 ms.
 */
const SPACING_MS = 10;

/** Makes the one place where links come into being. */
export function createCreation(deps: CreationDeps): Creation {
  const many = (orders: readonly Order[]): Promise<readonly Created[]> => createMany(deps, orders);
  const one = createBatcher(
    { clock: deps.clock, run: many },
    {
      batchMax: BATCH_MAX,
      lanesMax: LANES_MAX,
      spacingMs: SPACING_MS,
      isShared: (error) =>
        error instanceof TenfoldError && error.retryable && !hasCode(error, "sql_conflict"),
    },
  );
  return { one, many };
}

interface Pending {
  index: number;
  order: Order;
  row: LinkInsert;
}

async function createMany(
  deps: CreationDeps,
  orders: readonly Order[],
): Promise<readonly Created[]> {
  const results: Created[] = [];
  let pending = await Promise.all(orders.map((order, index) => prepare(deps, order, index)));
  for (let attempt = 1; pending.length > 0; attempt += 1) {
    const inserted = await insertLinks(
      deps.sql,
      pending.map(({ row }) => row),
    );
    const refused: Pending[] = [];
    const fresh: StoredLink[] = [];
    for (const each of pending) {
      if (!inserted.has(each.row.id)) refused.push(each);
      else {
        const link = storedLink(each.row);
        fresh.push(link);
        results[each.index] = { kind: "created", link };
      }
    }
    for (const { domain, code } of fresh) deps.codes.taken(domain, code);
    if (fresh.length > 0) deps.onCreated(fresh);
    pending = refused.length === 0 ? [] : await settleRefused(deps, { refused, results, attempt });
  }
  return results;
}

async function prepare(
  deps: CreationDeps,
  order: Order,
  index: number,
  attempt = 0,
): Promise<Pending> {
  const { ownerId, draft } = order;
  const { domain, slug, settings } = draft;
  const code = slug ?? (await deps.codes.next({ url: settings.url, domain, ownerId, attempt }));
  const createdAt = new Date(deps.clock.now());
  const row = {
    id: deps.nextId(),
    domain,
    code,
    ownerId,
    settings,
    reuseKey: draft.reuseKey,
    createdAt,
  };
  return { index, order, row };
}

/** Settles what can be settled; answers what is to be tried again, with new codes. */
async function settleRefused(
  deps: CreationDeps,
  {
    refused,
    results,
    attempt,
  }: { refused: readonly Pending[]; results: Created[]; attempt: number },
): Promise<Pending[]> {
  const twinOf = await findTwins(
    deps.sql,
    refused.map(({ row }) => row),
  );
  const again: Promise<Pending>[] = [];
  for (const { index, order, row } of refused) {
    const twin = twinOf(row);
    if (twin !== undefined) {
      // Our own ID is there already when an earlier try was committed and its answer lost.
      results[index] = { kind: twin.id === row.id ? "created" : "reused", link: twin };
    } else if (order.draft.slug !== undefined) {
      const detail = `The code "${row.code}" is taken.`;
      results[index] = {
        kind: "failed",
        error: linkErrors.slug_taken({ detail, fields: [{ field: "/slug", detail }] }),
      };
    } else if (attempt >= ATTEMPTS_MAX) {
      results[index] = { kind: "failed", error: linkErrors.codes_unavailable() };
    } else again.push(prepare(deps, order, index, attempt));
  }
  return await Promise.all(again);
}

function storedLink({ id, domain, code, ownerId, settings, createdAt }: LinkInsert): StoredLink {
  const start = { visits: 0, bannedAt: null, version: 1, createdAt, updatedAt: createdAt };
  return { ...settings, id, domain, code, ownerId, ...start };
}
