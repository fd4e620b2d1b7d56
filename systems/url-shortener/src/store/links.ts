/** Reading, changing and deleting links. */
import type { AnyTransaction, Sql } from "@tenfold/sql";
import { sql as text } from "kysely";
import type { LinkSettings, StoredLink } from "../link.ts";
import { linkColumns, linkOf, type ReadLinkRow, type Tables } from "./tables.ts";

export interface ListRequest {
  ownerId: string;
  /** Only links older than this one. */
  beforeId: string | undefined;
  limit: number;
  /** Part of URL, title or code, without regard to case. */
  search: string | undefined;
  tag: string | undefined;
}

export interface ChangedLinks {
  keys: readonly { domain: string; code: string }[];
  /** There were more than are listed. */
  truncated: boolean;
}

export type LinkStore = ReturnType<typeof createLinkStore>;

const columnList = linkColumns.join(", ");
const byCodeText = `SELECT ${columnList} FROM url_shortener.links WHERE domain = $1 AND code = $2 AND deleted_at IS NULL`;
const byCodesText = `
  SELECT ${columnList} FROM unnest($1::text[], $2::text[]) AS wanted (domain, code)
  JOIN url_shortener.links USING (domain, code) WHERE deleted_at IS NULL`;
const visitText = `
  UPDATE url_shortener.links SET visits = visits + 1
  WHERE id = $1 AND visits < max_visits AND version = $2 AND deleted_at IS NULL
  RETURNING visits`;
const changedText = `
  SELECT domain, code FROM url_shortener.links
  WHERE version > 1 AND updated_at > clock_timestamp() - make_interval(secs => $1::float8)
  LIMIT $2`;
const CODES_PER_PAGE = 20_000;

/** Links in Postgres; every method is one statement, or says that it is in a transaction. */
export function createLinkStore(sql: Sql) {
  const db = sql.tables<Tables>("url-shortener");

  return {
    /** By code; deleted links are not found. The redirect's query: prepared. */
    async findByCode(domain: string, code: string): Promise<StoredLink | undefined> {
      const { rows } = await sql.query<ReadLinkRow>(byCodeText, [domain, code], {
        name: "links-by-code",
      });
      return rows[0] === undefined ? undefined : linkOf(rows[0]);
    },

    /** The same for many at once, without order; each pair at most once. */
    async findByCodes(pairs: readonly { domain: string; code: string }[]): Promise<StoredLink[]> {
      const columns = [pairs.map(({ domain }) => domain), pairs.map(({ code }) => code)];
      const { rows } = await sql.query<ReadLinkRow>(byCodesText, columns, {
        name: "links-by-codes",
      });
      return rows.map(linkOf);
    },

    /** By ID; `ownerId` leaves out other people's. */
    async findById(id: string, ownerId?: string): Promise<StoredLink | undefined> {
      let query = db
        .selectFrom("links")
        .select(linkColumns)
        .where("id", "=", id)
        .where("deleted_at", "is", null);
      if (ownerId !== undefined) query = query.where("owner_id", "=", ownerId);
      const row = await query.executeTakeFirst();
      return row === undefined ? undefined : linkOf(row);
    },

    /** Newest first. */
    async list({ ownerId, beforeId, limit, search, tag }: ListRequest): Promise<StoredLink[]> {
      let query = db
        .selectFrom("links")
        .select(linkColumns)
        .where("owner_id", "=", ownerId)
        .where("deleted_at", "is", null)
        .orderBy("id", "desc")
        .limit(limit);
      if (beforeId !== undefined) query = query.where("id", "<", beforeId);
      if (tag !== undefined)
        query = query.where(text<boolean>`tags @> ${JSON.stringify([tag])}::jsonb`);
      if (search !== undefined && search !== "") {
        const pattern = `%${search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
        query = query.where((where) =>
          where.or([
            where("url", "ilike", pattern),
            where("title", "ilike", pattern),
            where("code", "ilike", pattern),
          ]),
        );
      }
      return (await query.execute()).map(linkOf);
    },

    /** Writes all settings if the link still has `version`; `undefined` when it has not, or is gone. */
    async update(
      id: string,
      version: number,
      settings: LinkSettings,
      keepReuse: boolean,
    ): Promise<StoredLink | undefined> {
      const row = await db
        .updateTable("links")
        .set({
          url: settings.url,
          status: settings.status,
          title: settings.title,
          tags: text`${JSON.stringify(settings.tags)}::jsonb`,
          valid_from: settings.validFrom,
          valid_until: settings.validUntil,
          max_visits: settings.maxVisits,
          password_hash: settings.passwordHash,
          rules: text`${JSON.stringify(settings.rules)}::jsonb`,
          variants: text`${JSON.stringify(settings.variants)}::jsonb`,
          forward_query: settings.forwardQuery,
          ...(keepReuse ? {} : { reuse_key: null }),
          version: version + 1,
          updated_at: text`clock_timestamp()`,
        })
        .where("id", "=", id)
        .where("version", "=", version)
        .where("deleted_at", "is", null)
        .returning(linkColumns)
        .executeTakeFirst();
      return row === undefined ? undefined : linkOf(row);
    },

    /** A title found later; only where there is none yet. No new version: nobody's edit is overtaken. */
    async fillTitle(id: string, url: string, title: string): Promise<void> {
      await db
        .updateTable("links")
        .set({ title })
        .where("id", "=", id)
        .where("url", "=", url)
        .where("title", "is", null)
        .where("deleted_at", "is", null)
        .execute();
    },

    /**
     * Empties the link and keeps its code for ever. `also` runs in the same
     * transaction. Answers whether the link was there with that version.
     */
    async remove(
      { id, version }: { id: string; version: number },
      also: (transaction: AnyTransaction) => Promise<void>,
    ): Promise<boolean> {
      return await db.transaction().execute(async (transaction) => {
        const result = await transaction
          .updateTable("links")
          .set({
            url: "",
            reuse_key: null,
            title: null,
            tags: text`'[]'::jsonb`,
            rules: text`'[]'::jsonb`,
            variants: text`'[]'::jsonb`,
            password_hash: null,
            deleted_at: text`clock_timestamp()`,
            updated_at: text`clock_timestamp()`,
            version: version + 1,
          })
          .where("id", "=", id)
          .where("version", "=", version)
          .where("deleted_at", "is", null)
          .executeTakeFirst();
        if (result.numUpdatedRows === 0n) return false;
        await also(transaction);
        return true;
      });
    },

    /** Bans or, with `reason` undefined, unbans. `undefined` when there is no such link. */
    async setBan(
      id: string,
      ban: { reason: string | null } | undefined,
    ): Promise<StoredLink | undefined> {
      const row = await db
        .updateTable("links")
        .set({
          banned_at: ban === undefined ? null : text`clock_timestamp()`,
          ban_reason: ban?.reason ?? null,
          version: text`version + 1`,
          updated_at: text`clock_timestamp()`,
        })
        .where("id", "=", id)
        .where("deleted_at", "is", null)
        .returning(linkColumns)
        .executeTakeFirst();
      return row === undefined ? undefined : linkOf(row);
    },

    /**
     * Uses up one visit; false when none is left, or when the link has changed
     * since `version` was read. One row lock decides: exact under any concurrency.
     */
    async useVisit(id: string, version: number): Promise<boolean> {
      const { rowCount } = await sql.query(visitText, [id, version], { name: "links-use-visit" });
      return rowCount === 1;
    },

    /** Links changed within the last `seconds`, at most `limit` of them. */
    async changedWithin(seconds: number, limit: number): Promise<ChangedLinks> {
      const { rows } = await sql.query<{ domain: string; code: string }>(
        changedText,
        [seconds, limit],
        { name: "links-changed" },
      );
      return { keys: rows, truncated: rows.length === limit };
    },

    /** Moves the counter behind the codes on by one block; committed when it resolves. */
    async takeCodeBlock(): Promise<bigint> {
      const { rows } = await sql.query<{ block: string }>(
        "SELECT nextval('url_shortener.code_blocks') AS block",
      );
      return BigInt(rows[0]?.block ?? 0);
    },

    async countCodes(): Promise<number> {
      const { rows } = await sql.query<{ count: string }>(
        "SELECT count(*) FROM url_shortener.links",
      );
      return Number(rows[0]?.count ?? 0);
    },

    /** Every code ever given, deleted links' too. */
    async *eachCode(): AsyncGenerator<{ domain: string; code: string }> {
      for (let afterId = "0"; ;) {
        const { rows } = await sql.query<{ id: string; domain: string; code: string }>(
          "SELECT id, domain, code FROM url_shortener.links WHERE id > $1 ORDER BY id LIMIT $2",
          [afterId, CODES_PER_PAGE],
        );
        yield* rows;
        const last = rows.at(-1);
        if (last === undefined || rows.length < CODES_PER_PAGE) return;
        afterId = last.id;
      }
    },
  };
}
