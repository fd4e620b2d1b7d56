/** Reports of abuse, and bans of links and hosts. */
import type { Clock } from "@tenfold/core";
import type { State } from "@tenfold/state";
import type { Domains } from "../domains.ts";
import { linkErrors } from "../errors.ts";
import type { StoredLink } from "../link.ts";
import type { LinkStore } from "../store/links.ts";
import type { ModerationStore, ReportedLink, Verdict } from "../store/moderation.ts";
import type { BannedHostRow } from "../store/tables.ts";
import { parseHost } from "../url.ts";
import type { Changes } from "./changes.ts";

export interface ModerationDeps {
  links: LinkStore;
  store: ModerationStore;
  changes: Changes;
  state: State;
  clock: Clock;
  domains: Domains;
  nextId: () => string;
}

export interface NewReport {
  /** A short URL, or a code on the main domain. */
  link: string;
  reason: string;
  comment: string | undefined;
  /** The reporter's address: counted for an hour, not stored. */
  address: string;
}

export type Moderation = ReturnType<typeof createModeration>;

const REPORTS_PER_HOUR_MAX = 20;
const HOUR_MS = 3_600_000;

/** What administrators do, and what anyone may ask them to. */
export function createModeration({
  links,
  store,
  changes,
  state,
  clock,
  domains,
  nextId,
}: ModerationDeps) {
  const setBan = async (
    id: string,
    ban: { reason: string | null } | undefined,
  ): Promise<StoredLink> => {
    const link = await links.setBan(id, ban);
    if (link === undefined) throw linkErrors.link_not_found();
    await changes.linksChanged([link]);
    return link;
  };
  const requireHost = (name: string): string => {
    const host = parseHost(name);
    if (host === undefined)
      throw linkErrors.host_invalid({ detail: `"${name}" is not a host name.` });
    return host;
  };

  return {
    async report({ link: text, reason, comment, address }: NewReport): Promise<void> {
      const count = await state.increment(`url-shortener:reports:${address}`, 1, {
        ttlMs: HOUR_MS,
      });
      if (count !== undefined && count > REPORTS_PER_HOUR_MAX) {
        throw linkErrors.too_many_attempts({
          detail: "Too many reports from your address.",
          retryAfterSeconds: 3600,
        });
      }
      const place = placeOf(text, domains);
      const link =
        place === undefined ? undefined : await links.findByCode(place.domain, place.code);
      if (link === undefined)
        throw linkErrors.link_not_found({ detail: "There is no such short link here." });
      const created_at = new Date(clock.now());
      await store.addReport({
        id: nextId(),
        link_id: link.id,
        reason,
        comment: comment ?? null,
        created_at,
      });
    },

    /** Newest first; one more than `limit` when there are more. */
    reports: (request: Parameters<ModerationStore["listReports"]>[0]) => store.listReports(request),

    /** `banned` bans the link and closes every open report about it. */
    async closeReport(id: string, verdict: Verdict, accountId: string): Promise<ReportedLink> {
      const report = await store.findReport(id);
      if (report === undefined) throw linkErrors.report_not_found();
      if (verdict === "banned" && report.deleted_at === null && report.banned_at === null) {
        await setBan(report.link_id, { reason: report.reason });
      }
      await store.closeReports(report, verdict, { accountId, at: new Date(clock.now()) });
      return (await store.findReport(id)) ?? report;
    },

    banLink: (id: string, reason: string | undefined): Promise<StoredLink> =>
      setBan(id, { reason: reason ?? null }),
    unbanLink: (id: string): Promise<StoredLink> => setBan(id, undefined),

    bannedHosts: (request: Parameters<ModerationStore["listBannedHosts"]>[0]) =>
      store.listBannedHosts(request),

    async banHost(
      name: string,
      reason: string | undefined,
      accountId: string,
    ): Promise<BannedHostRow> {
      const host = requireHost(name);
      if (domains.isOwn(host))
        throw linkErrors.host_invalid({ detail: `${host} is this service itself.` });
      const ban = await store.banHost({
        host,
        reason: reason ?? null,
        created_at: new Date(clock.now()),
        created_by: accountId,
      });
      await changes.hostsChanged();
      return ban;
    },

    async unbanHost(name: string): Promise<void> {
      if (!(await store.unbanHost(requireHost(name)))) throw linkErrors.host_not_banned();
      await changes.hostsChanged();
    },
  };
}

/** `https://sho.rt/abc+` or `abc`. */
function placeOf(text: string, domains: Domains): { domain: string; code: string } | undefined {
  const url = URL.parse(
    text.includes("/") ? (/^https?:\/\//i.test(text) ? text : `https://${text}`) : "",
  );
  if (url === null)
    return text.includes("/") ? undefined : { domain: "", code: text.replace(/\+$/, "") };
  const domain = domains.ofHost(url.host);
  const code = url.pathname.slice(1).replace(/\+$/, "");
  return domain === undefined || code.includes("/") ? undefined : { domain, code };
}
