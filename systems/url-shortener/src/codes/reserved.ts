/**
 * Words at the root of the host that are not codes: the API, the web app, what
 * browsers and crawlers ask for by themselves, and names worth keeping back.
 * Compared without regard to case: `/Docs` would deceive as well as `/docs`.
 */

/** The reserved words, in small letters. */
export const reservedWords: ReadonlySet<string> = new Set(
  `about abuse account accounts admin administrator ads api app apps assets auth billing blog
   bulk cdn console contact css dashboard docs document documents download downloads error
   favicon feed health healthz help home html img images import index info js legal link links
   livez login logout mail manifest me metrics new null oauth openapi ping preview privacy
   private public qr readyz register report reports reset robots root rss search security
   session sessions settings shop sign-in sign-out sign-up signin signout signup sitemap static
   stats status support sw sync system tenfold terms test undefined up user users v1 v2 v3
   version web webhook webhooks well-known www`.split(/\s+/),
);

/** True when `code` may not be a link's code, chosen or generated. */
export function isReserved(code: string): boolean {
  return reservedWords.has(code.toLowerCase());
}
