/** Reports of abuse and banned hosts in Postgres. */
import type { Sql } from "@tenfold/sql";
import type { ReportRow, BannedHostRow, Tables } from "./tables.ts";

/** A report with what it is about. */
export interface ReportedLink extends ReportRow {
  domain: string;
  code: string;
  url: string;
  banned_at: Date | null;
  deleted_at: Date | null;
}

/** How a report ends. */
export type Verdict = "banned" | "dismissed";

export type ModerationStore = ReturnType<typeof createModerationStore>;

/** Each method is one statement. */
export function createModerationStore(sql: Sql) {
  const db = sql.tables<Tables>("url-shortener");
  const reports = () =>
    db
      .selectFrom("reports")
      .innerJoin("links", "links.id", "reports.link_id")
      .select([
        "reports.id",
        "reports.link_id",
        "reports.reason",
        "reports.comment",
        "reports.state",
        "reports.created_at",
        "reports.closed_at",
        "reports.closed_by",
        "links.domain",
        "links.code",
        "links.url",
        "links.banned_at",
        "links.deleted_at",
      ]);

  return {
    async addReport(
      report: Pick<ReportRow, "id" | "link_id" | "reason" | "comment" | "created_at">,
    ): Promise<void> {
      await db
        .insertInto("reports")
        .values({ ...report, state: "open", closed_at: null, closed_by: null })
        .execute();
    },

    async findReport(id: string): Promise<ReportedLink | undefined> {
      return await reports().where("reports.id", "=", id).executeTakeFirst();
    },

    /** Newest first. */
    async listReports(request: {
      state: string | undefined;
      beforeId: string | undefined;
      limit: number;
    }): Promise<ReportedLink[]> {
      let query = reports().orderBy("reports.id", "desc").limit(request.limit);
      if (request.state !== undefined) query = query.where("reports.state", "=", request.state);
      if (request.beforeId !== undefined) query = query.where("reports.id", "<", request.beforeId);
      return await query.execute();
    },

    /** Closes one report; with `banned`, all open ones about the same link. */
    async closeReports(
      report: { id: string; link_id: string },
      verdict: Verdict,
      by: { accountId: string; at: Date },
    ): Promise<void> {
      await db
        .updateTable("reports")
        .set({ state: verdict, closed_at: by.at, closed_by: by.accountId })
        .where((where) =>
          verdict === "banned"
            ? where.or([
                where("id", "=", report.id),
                where.and([where("link_id", "=", report.link_id), where("state", "=", "open")]),
              ])
            : where("id", "=", report.id),
        )
        .execute();
    },

    /** All of them: they are kept in memory. */
    async bannedHosts(): Promise<string[]> {
      const rows = await db.selectFrom("banned_hosts").select("host").execute();
      return rows.map(({ host }) => host);
    },

    /** Changes whenever a host is banned or unbanned. */
    async bannedHostsMark(): Promise<string> {
      const { rows } = await sql.query<{ mark: string }>(
        "SELECT count(*) || ' ' || coalesce(max(created_at)::text, '') AS mark FROM url_shortener.banned_hosts",
        [],
        { name: "banned-hosts-mark" },
      );
      return rows[0]?.mark ?? "";
    },

    async listBannedHosts(request: {
      afterHost: string | undefined;
      limit: number;
    }): Promise<BannedHostRow[]> {
      let query = db.selectFrom("banned_hosts").selectAll().orderBy("host").limit(request.limit);
      if (request.afterHost !== undefined) query = query.where("host", ">", request.afterHost);
      return await query.execute();
    },

    /** Bans, or changes the reason of a ban that is there. */
    async banHost(ban: BannedHostRow): Promise<BannedHostRow> {
      return await db
        .insertInto("banned_hosts")
        .values(ban)
        .onConflict((conflict) => conflict.column("host").doUpdateSet({ reason: ban.reason }))
        .returningAll()
        .executeTakeFirstOrThrow();
    },

    /** Answers whether it was banned. */
    async unbanHost(host: string): Promise<boolean> {
      const result = await db
        .deleteFrom("banned_hosts")
        .where("host", "=", host)
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    },
  };
}
