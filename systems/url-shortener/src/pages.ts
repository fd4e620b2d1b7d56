/**
 * The pages people see instead of a target: one calm card, no scripts, nothing
 * loaded from anywhere. Everything that came from outside is escaped; the one
 * style sheet is allowed by its hash, so that nothing slipped in could style or run.
 */
import { createHash } from "node:crypto";

const style = `
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--text:#1b1f24;--soft:#57606a;--line:#d8dee4;--accent:#1f5fbf;--on:#fff;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--page:#121417;--card:#1c1f24;--text:#e8eaed;--soft:#a0a7b0;--line:#343a42;--accent:#8ab4f8;--on:#10151c;--bad:#ffb4ab}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--page);color:var(--text);font:1rem/1.55 system-ui,sans-serif}
main{width:100%;max-width:32rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:2rem}
h1{margin:0 0 .5rem;font-size:1.35rem;line-height:1.3}
p{margin:.5rem 0;color:var(--soft)}
.target{overflow-wrap:anywhere;color:var(--text);font-family:ui-monospace,monospace;font-size:.95rem;background:var(--page);border-radius:.5rem;padding:.75rem;margin:1rem 0}
.bad{color:var(--bad)}
label{display:block;margin:1rem 0 .35rem;font-weight:600}
input{width:100%;padding:.7rem .8rem;font:inherit;color:inherit;background:var(--page);border:1px solid var(--soft);border-radius:.5rem}
.go{display:inline-block;margin-top:1rem;padding:.7rem 1.2rem;font:inherit;font-weight:600;color:var(--on);background:var(--accent);border:0;border-radius:.5rem;text-decoration:none;cursor:pointer}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
ul{margin:1rem 0;padding:0;list-style:none}
li+li .target,li+li.target{margin-top:.5rem}
`;
const styleHash = createHash("sha256").update(style).digest("base64");

/**
 * `form-action` is not just 'self': some browsers apply it to the redirects
 * that follow a form, and the password form's end is the link's target.
 */
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self' http: https:; frame-ancestors 'none'; base-uri 'none'`;

/** Headers of every page: strict policy, never stored, never indexed. */
export const pageHeaders: Readonly<Record<string, string>> = Object.freeze({
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": policy,
  "cache-control": "no-store",
  "x-robots-tag": "noindex",
  "referrer-policy": "no-referrer",
});

/** Text as HTML shows it, in elements and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body><main>
${content}
</main></body>
</html>
`;
}

/** A heading and a sentence: not found, expired, blocked, slow down. */
export function messagePage(title: string, detail: string): string {
  return page(title, `<h1>${escapeHtml(title)}</h1>\n<p>${escapeHtml(detail)}</p>`);
}

export interface PreviewFacts {
  shortUrl: string;
  title: string | null;
  /** Every place it can lead to, the usual one first; empty when that is not told. */
  targets: readonly string[];
  /** Why the target is not told, or what else is worth knowing. */
  notes: readonly string[];
}

/** Where a link leads, before one follows it. */
export function previewPage({ shortUrl, title, targets, notes }: PreviewFacts): string {
  const [first] = targets;
  const list = targets.map((url) => `<li class="target">${escapeHtml(url)}</li>`).join("\n");
  const go =
    first === undefined || targets.length > 1
      ? `<a class="go" href="${escapeHtml(shortUrl)}">Follow the link</a>`
      : `<a class="go" rel="noreferrer nofollow" href="${escapeHtml(first)}">Go there</a>`;
  return page(
    `Where ${shortUrl} leads`,
    [
      `<h1>${escapeHtml(title ?? "Where this link leads")}</h1>`,
      `<p>${escapeHtml(shortUrl)}</p>`,
      targets.length === 0 ? "" : `<ul>\n${list}\n</ul>`,
      ...notes.map((note) => `<p>${escapeHtml(note)}</p>`),
      go,
    ].join("\n"),
  );
}

/** Asks for a link's password; posts to the page's own address. */
export function passwordPage({ wrong }: { wrong: boolean }): string {
  const alert = wrong
    ? `<p class="bad" id="wrong" role="alert">That password is not right. Try again.</p>`
    : "";
  const described = wrong ? ` aria-describedby="wrong" aria-invalid="true"` : "";
  return page(
    "This link is protected",
    `<h1>This link is protected</h1>
<p>Enter its password to go on.</p>
${alert}
<form method="post">
<label for="password">Password</label>
<input id="password" name="password" type="password" required maxlength="128" autocomplete="off" autofocus${described}>
<button class="go" type="submit">Open the link</button>
</form>`,
  );
}
