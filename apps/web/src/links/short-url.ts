/** How URLs are shown. */

/** `https://t.example/abc` → `t.example/abc`. */
export function shown(url: string): string {
  return url.replace(/^https?:\/\//, "");
}

/** The host of a URL; the text itself when it is none. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : url;
}
