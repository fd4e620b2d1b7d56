/**
 * Headers that make a browser careful. Made once and
 * copied into each answer.
 */

/** For answers that are data: nothing in them may load, run or be framed. */
export const DATA_CSP =
  "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** For pages of ours without scripts: own styles and images only. */
export const PAGE_CSP =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/**
 * For the web app. Mantine writes its theme into a `<style>` element and sizes
 * into `style` attributes, hence 'unsafe-inline' for styles; scripts stay strict.
 */
export const APP_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

export interface SecurityHeaders {
  /** On answers with a body: most of these speak about documents. */
  document: Readonly<Record<string, string>>;
  /**
   * On answers without one, a redirect for example. There is no content to
   * sniff, frame or isolate, and each header that Node writes slows the redirect.
   */
  bare: Readonly<Record<string, string>>;
}

/** `https` adds HSTS: only a server that is reached by https may promise it. */
export function securityHeaders(https: boolean): SecurityHeaders {
  const bare: Record<string, string> = https
    ? { "strict-transport-security": "max-age=31536000" }
    : {};
  const document = {
    ...bare,
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "content-security-policy": DATA_CSP,
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
  };
  return Object.freeze({ bare: Object.freeze(bare), document: Object.freeze(document) });
}
