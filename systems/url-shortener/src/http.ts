/** The routes: parse, call, serialise. No rules of links here. */
import type { Clock } from "@tenfold/core";
import {
  bind,
  decodeCursor,
  encodeCursor,
  etagOf,
  Id,
  type BoundRoutes,
  type Handlers,
} from "@tenfold/http";
import { Type } from "typebox";
import { createBatcher } from "./batcher.ts";
import type { Clicks, ClickTotals } from "./clicks/index.ts";
import { linkRoutes, redirectRoutes, type Link, type LinkRoutes } from "./contract.ts";
import { csvHeader, parseCsv, writeCsv } from "./csv.ts";
import type { Domains } from "./domains.ts";
import type { StoredLink } from "./link.ts";
import { qrPng, qrSvg } from "./qr.ts";
import { preview, type PreviewDeps } from "./redirect/preview.ts";
import type { Redirect } from "./redirect/redirect.ts";
import { networkOf } from "./redirect/attempts.ts";
import { unlock, type UnlockDeps } from "./redirect/unlock.ts";
import { createBulk, type BulkDeps } from "./service/bulk.ts";
import type { Links } from "./service/links.ts";
import type { Moderation } from "./service/moderation.ts";
import { bannedHostView, linkView, reportView, type ViewDeps } from "./view.ts";

export interface HttpDeps extends RoutesDeps {
  /** One link's clicks; callers of the same moment share a query. */
  clicksOf(linkId: string): Promise<ClickTotals>;
}

export interface RoutesDeps {
  clock: Clock;
  links: Links;
  bulk: BulkDeps;
  moderation: Moderation;
  clicks: Clicks;
  domains: Domains;
  view: ViewDeps;
  redirect: Redirect;
  preview: PreviewDeps;
  unlock: UnlockDeps;
}

const SYSTEM = "url-shortener";
const NewestFirst = Type.Object({ beforeId: Id });
const ByHost = Type.Object({ afterHost: Type.String({ maxLength: 253 }) });
const LIMIT_DEFAULT = 20;
const EXPORT_PAGE = 1000;
/** About 20 MB of text. */
const EXPORT_LINKS_MAX = 100_000;

/** Both tables, bound. */
export function createRoutes(given: RoutesDeps): BoundRoutes[] {
  const clicksOf = createBatcher(
    {
      clock: given.clock,
      run: async (linkIds: readonly string[]) => {
        const totals = await given.clicks.totals(linkIds);
        return linkIds.map((id) => totals.get(id) ?? { total: 0, human: 0, bot: 0 });
      },
    },
    { batchMax: 256, lanesMax: 2, spacingMs: 0, isShared: () => true },
  );
  const deps: HttpDeps = { ...given, clicksOf };
  const handlers = {
    ...ownLinkHandlers(deps),
    ...manyLinksHandlers(deps),
    ...statisticsHandlers(deps),
    ...moderationHandlers(deps),
  };
  return [
    bind(SYSTEM, linkRoutes, handlers),
    {
      ...bind(SYSTEM, redirectRoutes, {
        "GET /{code}": (call) =>
          call.params.code.endsWith("+") ? preview(deps.preview, call) : deps.redirect.follow(call),
        "HEAD /{code}": (call) =>
          call.params.code.endsWith("+") ? preview(deps.preview, call) : deps.redirect.follow(call),
        "POST /{code}": (call) => unlock(deps.unlock, call),
      }),
      quick: deps.redirect.quick,
    },
  ];
}

/** A part of the table: what its return type leaves out, `bind` misses. */
type Part<Keys extends keyof LinkRoutes> = Pick<Handlers<LinkRoutes>, Keys>;

async function viewsOf({ clicks, view }: HttpDeps, links: readonly StoredLink[]): Promise<Link[]> {
  const totals = await clicks.totals(links.map(({ id }) => id));
  return links.map((link) => linkView(view, link, totals.get(link.id)));
}

async function viewOf(
  deps: HttpDeps,
  link: StoredLink,
): Promise<{ body: Link; headers: { etag: string } }> {
  const totals = await deps.clicksOf(link.id);
  return {
    body: linkView(deps.view, link, totals),
    headers: { etag: etagOf(link.version) },
  };
}

function ownLinkHandlers(
  deps: HttpDeps,
): Part<
  "POST /v1/links" | "GET /v1/links/{id}" | "PATCH /v1/links/{id}" | "DELETE /v1/links/{id}"
> {
  const { links, view } = deps;
  return {
    async "POST /v1/links"({ principal, body }) {
      const { kind, link } = await links.create(principal.accountId, body);
      if (kind === "reused") return { status: 200, ...(await viewOf(deps, link)) };
      return {
        status: 201,
        body: linkView(view, link),
        headers: { etag: etagOf(link.version), location: `/v1/links/${link.id}` },
      };
    },
    async "GET /v1/links/{id}"({ principal, params }) {
      return {
        status: 200,
        ...(await viewOf(deps, await links.get(params.id, principal.accountId))),
      };
    },
    async "PATCH /v1/links/{id}"({ principal, params, body, ifMatch }) {
      const link = await links.change(
        { id: params.id, ownerId: principal.accountId, ifMatch },
        body,
      );
      return { status: 200, ...(await viewOf(deps, link)) };
    },
    async "DELETE /v1/links/{id}"({ principal, params, ifMatch }) {
      await links.remove({ id: params.id, ownerId: principal.accountId, ifMatch });
      return { status: 204 };
    },
  };
}

function manyLinksHandlers(
  deps: HttpDeps,
): Part<
  | "GET /v1/links"
  | "POST /v1/links/bulk"
  | "POST /v1/links/import"
  | "GET /v1/links/export"
  | "GET /v1/link-domains"
> {
  const { links, bulk, domains } = deps;
  return {
    async "GET /v1/links"({ principal, query }) {
      const limit = query.limit ?? LIMIT_DEFAULT;
      const beforeId = decodeCursor(NewestFirst, query.cursor)?.beforeId;
      const { search, tag } = query;
      const found = await links.list({
        ownerId: principal.accountId,
        beforeId,
        limit: limit + 1,
        search,
        tag,
      });
      const { items, last } = pageOf(found, limit);
      const nextCursor =
        last === undefined ? null : encodeCursor(NewestFirst, { beforeId: last.id });
      return { status: 200, body: { items: await viewsOf(deps, items), nextCursor } };
    },
    async "POST /v1/links/bulk"({ principal, body }) {
      return { status: 200, body: await createBulk(bulk, principal.accountId, body.items) };
    },
    async "POST /v1/links/import"({ principal, body }) {
      return {
        status: 200,
        body: await createBulk(bulk, principal.accountId, parseCsv(body ?? "")),
      };
    },
    async "GET /v1/links/export"({ principal, signal }) {
      const parts = [csvHeader];
      let beforeId: string | undefined;
      for (let count = 0; count < EXPORT_LINKS_MAX && !signal.aborted; count += EXPORT_PAGE) {
        const page = await links.list({
          ownerId: principal.accountId,
          beforeId,
          limit: EXPORT_PAGE,
          search: undefined,
          tag: undefined,
        });
        if (page.length > 0) parts.push(writeCsv(await viewsOf(deps, page)));
        beforeId = page.at(-1)?.id;
        if (page.length < EXPORT_PAGE) break;
      }
      return {
        status: 200,
        body: parts.join(""),
        headers: { "content-disposition": 'attachment; filename="links.csv"' },
      };
    },
    async "GET /v1/link-domains"() {
      return { status: 200, body: { items: [...domains.names] } };
    },
  };
}

function statisticsHandlers({
  links,
  clicks,
  domains,
}: HttpDeps): Part<"GET /v1/links/{id}/clicks" | "GET /v1/links/{id}/qr"> {
  return {
    async "GET /v1/links/{id}/clicks"({ principal, params, query }) {
      const { id } = await links.get(params.id, principal.accountId);
      return { status: 200, body: await clicks.series(id, query) };
    },
    async "GET /v1/links/{id}/qr"({ principal, params, query }) {
      const link = await links.get(params.id, principal.accountId);
      const shortUrl = domains.shortUrl(link.domain, link.code);
      const sizePx = query.size ?? 320;
      return query.format === "png"
        ? {
            status: 200,
            body: qrPng(shortUrl, { sizePx }),
            headers: { "content-type": "image/png" },
          }
        : { status: 200, body: qrSvg(shortUrl, { sizePx }) };
    },
  };
}

function moderationHandlers(
  deps: HttpDeps,
): Part<
  | "POST /v1/reports"
  | "GET /v1/reports"
  | "PATCH /v1/reports/{id}"
  | "PUT /v1/links/{id}/ban"
  | "DELETE /v1/links/{id}/ban"
  | "GET /v1/banned-hosts"
  | "PUT /v1/banned-hosts/{host}"
  | "DELETE /v1/banned-hosts/{host}"
> {
  const { moderation, domains } = deps;
  return {
    async "POST /v1/reports"({ body, address }) {
      const { link, reason, comment } = body;
      await moderation.report({ link, reason, comment, address: networkOf(address) });
      return { status: 202, body: { received: true } };
    },
    async "GET /v1/reports"({ query }) {
      const limit = query.limit ?? LIMIT_DEFAULT;
      const beforeId = decodeCursor(NewestFirst, query.cursor)?.beforeId;
      const found = await moderation.reports({ state: query.state, beforeId, limit: limit + 1 });
      const { items, last } = pageOf(found, limit);
      const nextCursor =
        last === undefined ? null : encodeCursor(NewestFirst, { beforeId: last.id });
      return {
        status: 200,
        body: { items: items.map((report) => reportView(domains, report)), nextCursor },
      };
    },
    async "PATCH /v1/reports/{id}"({ principal, params, body }) {
      const report = await moderation.closeReport(params.id, body.state, principal.accountId);
      return { status: 200, body: reportView(domains, report) };
    },
    async "PUT /v1/links/{id}/ban"({ params, body }) {
      return {
        status: 200,
        ...(await viewOf(deps, await moderation.banLink(params.id, body.reason))),
      };
    },
    async "DELETE /v1/links/{id}/ban"({ params }) {
      return { status: 200, ...(await viewOf(deps, await moderation.unbanLink(params.id))) };
    },
    async "GET /v1/banned-hosts"({ query }) {
      const limit = query.limit ?? LIMIT_DEFAULT;
      const afterHost = decodeCursor(ByHost, query.cursor)?.afterHost;
      const found = await moderation.bannedHosts({ afterHost, limit: limit + 1 });
      const { items, last } = pageOf(found, limit);
      const nextCursor = last === undefined ? null : encodeCursor(ByHost, { afterHost: last.host });
      return { status: 200, body: { items: items.map(bannedHostView), nextCursor } };
    },
    async "PUT /v1/banned-hosts/{host}"({ principal, params, body }) {
      const ban = await moderation.banHost(params.host, body.reason, principal.accountId);
      return { status: 200, body: bannedHostView(ban) };
    },
    async "DELETE /v1/banned-hosts/{host}"({ params }) {
      await moderation.unbanHost(params.host);
      return { status: 204 };
    },
  };
}

/** `found` holds one more than `limit` when there are further ones; `last` is then where they begin. */
function pageOf<Item>(
  found: readonly Item[],
  limit: number,
): { items: readonly Item[]; last: Item | undefined } {
  const items = found.slice(0, limit);
  return { items, last: found.length > limit ? items.at(-1) : undefined };
}
