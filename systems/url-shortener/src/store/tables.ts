/** The tables of this system as TypeScript sees them, and rows turned into links. */
import type { Rule, Variant } from "../contract.ts";
import type { RedirectStatus, StoredLink } from "../link.ts";

export interface LinkRow {
  id: string;
  domain: string;
  code: string;
  owner_id: string;
  url: string;
  reuse_key: Buffer | null;
  status: number;
  title: string | null;
  tags: string[];
  valid_from: Date | null;
  valid_until: Date | null;
  max_visits: number | null;
  visits: number;
  password_hash: string | null;
  rules: Rule[];
  variants: Variant[];
  forward_query: boolean;
  banned_at: Date | null;
  ban_reason: string | null;
  version: number;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
}

export interface ReportRow {
  id: string;
  link_id: string;
  reason: string;
  comment: string | null;
  state: string;
  created_at: Date;
  closed_at: Date | null;
  closed_by: string | null;
}

export interface BannedHostRow {
  host: string;
  reason: string | null;
  created_at: Date;
  created_by: string;
}

export interface Tables {
  links: LinkRow;
  reports: ReportRow;
  banned_hosts: BannedHostRow;
}

/** What a link is read from. */
export const linkColumns = [
  "id",
  "domain",
  "code",
  "owner_id",
  "url",
  "status",
  "title",
  "tags",
  "valid_from",
  "valid_until",
  "max_visits",
  "visits",
  "password_hash",
  "rules",
  "variants",
  "forward_query",
  "banned_at",
  "version",
  "created_at",
  "updated_at",
] as const satisfies readonly (keyof LinkRow)[];

export type ReadLinkRow = Pick<LinkRow, (typeof linkColumns)[number]>;

/** A row as the domain knows it. */
export function linkOf(row: ReadLinkRow): StoredLink {
  return {
    id: row.id,
    domain: row.domain,
    code: row.code,
    ownerId: row.owner_id,
    url: row.url,
    status: statusOf(row.status),
    title: row.title,
    tags: row.tags,
    validFrom: row.valid_from,
    validUntil: row.valid_until,
    maxVisits: row.max_visits,
    visits: row.visits,
    passwordHash: row.password_hash,
    rules: row.rules,
    variants: row.variants,
    forwardQuery: row.forward_query,
    bannedAt: row.banned_at,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function statusOf(status: number): RedirectStatus {
  return status === 301 || status === 307 || status === 308 ? status : 302;
}
