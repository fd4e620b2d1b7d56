/** Links and reports as the API shows them. */
import type { Static } from "typebox";
import type { BannedHost, Link, Report } from "./contract.ts";
import type { ClickTotals } from "./clicks/index.ts";
import type { Domains } from "./domains.ts";
import { targetsOf, type StoredLink } from "./link.ts";
import type { ReportedLink } from "./store/moderation.ts";
import type { BannedHostRow } from "./store/tables.ts";

export interface ViewDeps {
  domains: Domains;
  blocksAny: (urls: readonly string[]) => boolean;
}

const noClicks: ClickTotals = Object.freeze({ total: 0, human: 0, bot: 0 });

/** A link with its clicks, none when not given. */
export function linkView(
  { domains, blocksAny }: ViewDeps,
  link: StoredLink,
  clicks: ClickTotals = noClicks,
): Link {
  const banned = link.bannedAt !== null || blocksAny(targetsOf(link).map(({ url }) => url));
  return {
    id: link.id,
    code: link.code,
    domain: domains.show(link.domain),
    shortUrl: domains.shortUrl(link.domain, link.code),
    url: link.url,
    status: link.status,
    title: link.title,
    tags: [...link.tags],
    validFrom: link.validFrom?.toISOString() ?? null,
    validUntil: link.validUntil?.toISOString() ?? null,
    maxVisits: link.maxVisits,
    visits: link.visits,
    hasPassword: link.passwordHash !== null,
    rules: [...link.rules],
    variants: [...link.variants],
    forwardQuery: link.forwardQuery,
    state: banned ? "banned" : "active",
    clicks: { total: clicks.total, human: clicks.human, bot: clicks.bot },
    version: link.version,
    createdAt: link.createdAt.toISOString(),
    updatedAt: link.updatedAt.toISOString(),
  };
}

/** A report with what it is about. */
export function reportView(domains: Domains, report: ReportedLink): Static<typeof Report> {
  return {
    id: report.id,
    linkId: report.link_id,
    code: report.code,
    shortUrl: domains.shortUrl(report.domain, report.code),
    url: report.url,
    linkState:
      report.deleted_at !== null ? "deleted" : report.banned_at !== null ? "banned" : "active",
    reason: report.reason,
    comment: report.comment,
    state: report.state === "banned" || report.state === "dismissed" ? report.state : "open",
    createdAt: report.created_at.toISOString(),
  };
}

/** A banned host. */
export function bannedHostView({
  host,
  reason,
  created_at,
}: BannedHostRow): Static<typeof BannedHost> {
  return { host, reason, createdAt: created_at.toISOString() };
}
