/** `/{code}+`: where a link leads, for people (a page) and programs (JSON). */
import type { Domains } from "../domains.ts";
import { targetsOf } from "../link.ts";
import { pageHeaders, previewPage } from "../pages.ts";
import type { LinkStore } from "../store/links.ts";
import { refuse, showPage, wantsHtml, type FollowAnswer, type Visit } from "./answers.ts";
import type { Redirect } from "./redirect.ts";

export interface PreviewDeps {
  redirect: Pick<Redirect, "find">;
  store: LinkStore;
  domains: Domains;
}

/** Answers a visit whose code ends with `+`. A link that cannot be followed now says so instead. */
export async function preview(
  { redirect, store, domains }: PreviewDeps,
  visit: Visit,
): Promise<FollowAnswer> {
  const code = visit.params.code.slice(0, -1);
  const bare: Visit = {
    params: { code },
    host: visit.host,
    method: visit.method,
    url: visit.url,
    scheme: visit.scheme,
    address: visit.address,
    header: (name) => visit.header(name),
    cookie: (name) => visit.cookie(name),
  };
  const found = await redirect.find(bare);
  if ("refused" in found) return found.refused;
  const link = await store.findByCode(domains.ofHost(visit.host) ?? "", code);
  if (link === undefined) return refuse(visit, "link_not_found");
  if (link.maxVisits !== null && link.visits >= link.maxVisits)
    return refuse(visit, "link_used_up");

  const hidden = link.passwordHash !== null || link.maxVisits !== null;
  const targets = hidden ? [] : [...new Set(targetsOf(link).map(({ url }) => url))];
  const notes: string[] = [];
  if (link.passwordHash !== null)
    notes.push("It asks for a password, so its target is not shown here.");
  else if (link.maxVisits !== null)
    notes.push("It can be opened a limited number of times, so its target is not shown here.");
  if (targets.length > 1)
    notes.push(
      "Which of these it is depends on the visitor: device, language, country, time or chance.",
    );
  const shortUrl = domains.shortUrl(link.domain, link.code);
  const title = hidden ? null : link.title;
  if (wantsHtml(visit)) return showPage(previewPage({ shortUrl, title, targets, notes }));
  const body = JSON.stringify({
    shortUrl,
    url: targets[0] ?? null,
    targets,
    title,
    hasPassword: link.passwordHash !== null,
    maxVisits: link.maxVisits,
    createdAt: link.createdAt.toISOString(),
  });
  return {
    status: 200,
    headers: { ...pageHeaders, "content-type": "application/json; charset=utf-8" },
    body,
  };
}
