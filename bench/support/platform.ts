/** A platform under measurement, with an account and links. */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, type Client } from "@tenfold/client";
import type { AccountRoutes } from "@tenfold/accounts/contract";
import type { LinkRoutes } from "@tenfold/url-shortener/contract";
import { cores, startServer, type Server } from "./pinned.ts";

export interface Platform extends AsyncDisposable {
  server: Server;
  api: Client<AccountRoutes & LinkRoutes>;
  token: string;
}

/** On one core, unless it may have all; `unlimited` without the rate limits. */
export async function startPlatform({ pinned = true, unlimited = false } = {}): Promise<Platform> {
  // On a disk: what is acknowledged is fsynced.
  const folder = await mkdtemp(join(tmpdir(), "tenfold-bench-"));
  await chmod(folder, 0o711);
  const words = unlimited ? [folder, "unlimited"] : [folder];
  const server = await startServer("./serve.ts", words, pinned ? cores.server : null);
  const baseUrl = `http://127.0.0.1:${server.port}`;
  const anonymous = createClient<AccountRoutes & LinkRoutes>({ baseUrl });
  const account = { email: "bench@example.org", password: "a passphrase for benches" };
  await anonymous("POST /v1/accounts", { body: account });
  const { body } = await anonymous("POST /v1/sessions", { body: account });
  return {
    server,
    token: body.token,
    api: createClient<AccountRoutes & LinkRoutes>({ baseUrl, token: body.token }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Makes `count` links in bulk; answers their codes and the links per second. */
export async function fillLinks(
  { api }: Platform,
  count: number,
  prefix = "https://example.com/page/",
): Promise<{ codes: string[]; perSecond: number }> {
  const codes: string[] = [];
  const startedMs = performance.now();
  for (let made = 0; made < count; made += 10_000) {
    const size = Math.min(10_000, count - made);
    const items = Array.from({ length: size }, (_, index) => ({ url: `${prefix}${made + index}` }));
    const { body } = await api("POST /v1/links/bulk", { body: { items } });
    for (const { code } of body.items) if (code !== undefined) codes.push(code);
  }
  return { codes, perSecond: (codes.length * 1000) / (performance.now() - startedMs) };
}

const browser =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36";

/** One redirect as a browser asks for it. */
export function redirectRequest(code: string): string {
  return `GET /${code} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: ${browser}\r\nAccept: text/html\r\nAccept-Language: en-GB,en;q=0.8\r\n\r\n`;
}

/** One create over HTTP. */
export function createRequest(token: string, url: string): string {
  const body = JSON.stringify({ url });
  return (
    `POST /v1/links HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}
