/**
 * Many links in one statement. Two unique indexes decide: one per code, one per
 * owner, URL and settings. A row that either refuses is left out (ON CONFLICT
 * DO NOTHING), and the answer says which rows went in.
 */
import type { Sql } from "@tenfold/sql";
import type { LinkSettings } from "../link.ts";
import { linkColumns, linkOf, type ReadLinkRow } from "./tables.ts";
import type { StoredLink } from "../link.ts";

export interface LinkInsert {
  id: string;
  domain: string;
  code: string;
  ownerId: string;
  settings: LinkSettings;
  reuseKey: Buffer | undefined;
  createdAt: Date;
}

/** Each column once: its type, and its value in a row. */
const columns: readonly [name: string, type: string, read: (row: LinkInsert) => unknown][] = [
  ["id", "bigint", (row) => row.id],
  ["domain", "text", (row) => row.domain],
  ["code", "text", (row) => row.code],
  ["owner_id", "bigint", (row) => row.ownerId],
  ["url", "text", (row) => row.settings.url],
  ["reuse_key", "bytea", (row) => row.reuseKey ?? null],
  ["status", "smallint", (row) => row.settings.status],
  ["title", "text", (row) => row.settings.title],
  ["tags", "jsonb", (row) => JSON.stringify(row.settings.tags)],
  ["valid_from", "timestamptz", (row) => row.settings.validFrom],
  ["valid_until", "timestamptz", (row) => row.settings.validUntil],
  ["max_visits", "integer", (row) => row.settings.maxVisits],
  ["password_hash", "text", (row) => row.settings.passwordHash],
  ["rules", "jsonb", (row) => JSON.stringify(row.settings.rules)],
  ["variants", "jsonb", (row) => JSON.stringify(row.settings.variants)],
  ["forward_query", "boolean", (row) => row.settings.forwardQuery],
  ["created_at", "timestamptz", (row) => row.createdAt],
  ["updated_at", "timestamptz", (row) => row.createdAt],
];

const names = columns.map(([name]) => name).join(", ");
const insertText = `
  INSERT INTO url_shortener.links (${names})
  SELECT * FROM unnest(${columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(", ")})
  ON CONFLICT DO NOTHING
  RETURNING id`;

/** Inserts what no index refuses; answers the IDs that went in. Atomic. */
export async function insertLinks(sql: Sql, rows: readonly LinkInsert[]): Promise<Set<string>> {
  // Every process inserts in the same order, so that two batches never wait for each other in a circle.
  const ordered = rows.map((row) => ({ row, order: orderOf(row) }));
  const sorted = ordered.sort((a, b) => compare(a.order, b.order)).map(({ row }) => row);
  const values = columns.map(([, , read]) => sorted.map(read));
  const inserted = await sql.query<{ id: string }>(insertText, values, { name: "links-insert" });
  return new Set(inserted.rows.map(({ id }) => id));
}

// Two index look-ups. With OR, or as a plain join, the planner may read the whole table instead.
const twinColumns = `${linkColumns.join(", ")}, encode(reuse_key, 'hex') AS reuse_hex`;
const twinText = `
  SELECT ${twinColumns} FROM url_shortener.links WHERE id = ANY($1::bigint[])
  UNION ALL
  SELECT twin.* FROM unnest($2::bigint[], $3::bytea[]) AS wanted (wanted_owner, wanted_key)
  CROSS JOIN LATERAL (
    SELECT ${twinColumns} FROM url_shortener.links
    WHERE owner_id = wanted_owner AND reuse_key = wanted_key AND reuse_key IS NOT NULL
    LIMIT 1
  ) AS twin`;

/** For rows that were refused: links that are the same one, by ID or by owner and reuse key. */
export async function findTwins(
  sql: Sql,
  rows: readonly LinkInsert[],
): Promise<(row: LinkInsert) => StoredLink | undefined> {
  const keyed = rows.filter(({ reuseKey }) => reuseKey !== undefined);
  const found = await sql.query<ReadLinkRow & { reuse_hex: string | null }>(
    twinText,
    [
      rows.map(({ id }) => id),
      keyed.map(({ ownerId }) => ownerId),
      keyed.map(({ reuseKey }) => reuseKey),
    ],
    { name: "links-twins" },
  );
  const byId = new Map(found.rows.map((row) => [row.id, row]));
  const byKey = new Map(found.rows.map((row) => [`${row.owner_id}/${row.reuse_hex}`, row]));
  return (row) => {
    const twin = byId.get(row.id) ?? byKey.get(`${row.ownerId}/${row.reuseKey?.toString("hex")}`);
    return twin === undefined ? undefined : linkOf(twin);
  };
}

function orderOf({ domain, code, ownerId, reuseKey }: LinkInsert): string {
  return reuseKey === undefined
    ? `0 ${domain}/${code}`
    : `1 ${ownerId} ${reuseKey.toString("hex")}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
