/**
 * Whose token is this? Asked with every request, so the answer is remembered
 * in process; and a revoked token must stop working at once, so the memory is
 * told of revocations.
 *
 *   authenticate(token)
 *     sha-256 ─▶ remembered and fresh? ──yes──▶ answer           (a few µs)
 *                    │ no
 *                    ▶ form and check sum wrong? ──▶ undefined
 *                    ▶ one query by hash, shared by who asks at the same time
 *
 *   revoked(accountId), here or from another process
 *     ─▶ forget the account's entries; answers under way are not remembered
 *
 * Messages can be lost while the state's engine is away: entries then count
 * for a shorter time, and all are forgotten when it is back. Entries are keyed
 * by the token's hash, so a memory dump holds no tokens of ours.
 */
import type { Clock, Metrics } from "@tenfold/core";
import type { Authenticator, Principal } from "@tenfold/http";
import type { State, Unsubscribe } from "@tenfold/state";
import { hash } from "node:crypto";
import { idleSlackMs, type LastSeen } from "./last-seen.ts";
import type { AccountsOptions } from "./options.ts";
import { keyByHash } from "./store/keys.ts";
import { sessionByHash } from "./store/sessions.ts";
import type { Db } from "./store/tables.ts";
import { hashToken, tokenKindOf } from "./tokens.ts";

/** The channel on which processes tell each other whose credentials changed. */
const channel = "accounts.revoked";

interface Entry {
  /** `undefined`: there is no such token. */
  principal: Principal | undefined;
  /** Monotonic. */
  loadedMs: number;
  /** Wall time after which the credential is over, whatever the cache says. */
  endsMs: number;
  /** Wall time of the last use that is stored or noted. */
  seenMs: number;
}

export interface AuthenticatorDeps {
  clock: Clock;
  metrics: Metrics;
  state: State;
  db: Db;
  lastSeen: LastSeen;
}

/** The authenticator with its memory. `start` before use, for messages. */
export class CachingAuthenticator implements Authenticator {
  readonly #deps: AuthenticatorDeps;
  readonly #options: AccountsOptions;
  readonly #entries = new Map<string, Entry>();
  /** Keys of entries by account. */
  readonly #byAccount = new Map<string, Set<string>>();
  readonly #loading = new Map<string, Promise<Entry>>();
  readonly #lookups;
  /** Grows with each revocation: what was read before it is not remembered. */
  #revision = 0;
  #unsubscribe: Unsubscribe[] = [];

  constructor(deps: AuthenticatorDeps, options: AccountsOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#lookups = deps.metrics.counter({
      name: "tenfold_accounts_token_lookups_total",
      help: "Tokens that had to be looked up in the database",
    });
  }

  async start(): Promise<void> {
    const { state } = this.#deps;
    this.#unsubscribe = [
      state.onReconnect(() => this.#forgetAll()),
      await state.subscribe(channel, (accountId) => this.#forget(accountId)),
    ];
  }

  async stop(): Promise<void> {
    await Promise.all(this.#unsubscribe.map((unsubscribe) => unsubscribe()));
    this.#unsubscribe = [];
    this.#forgetAll();
  }

  async authenticate(token: string): Promise<Principal | undefined> {
    const key = hash("sha256", token, "base64url");
    const remembered = this.#entries.get(key);
    if (remembered !== undefined && this.#isFresh(remembered)) return this.#answer(remembered);
    // Typos and noise stop here and take no room.
    if (remembered === undefined && tokenKindOf(token) === undefined) return undefined;
    return this.#answer(await this.#load(key, token));
  }

  /** Told after the fact is committed. From when this resolves no process that is reachable answers by the old state. */
  async revoked(accountId: string): Promise<void> {
    this.#forget(accountId);
    await this.#deps.state.publish(channel, accountId);
  }

  #isFresh(entry: Entry): boolean {
    const { cacheMs, cacheUncertainMs, cacheNegativeMs } = this.#options;
    const { clock, state } = this.#deps;
    const believedMs = state.shared && state.healthy() ? cacheMs : cacheUncertainMs;
    const ttlMs = entry.principal === undefined ? cacheNegativeMs : believedMs;
    return clock.monotonic() - entry.loadedMs < ttlMs;
  }

  #answer(entry: Entry): Principal | undefined {
    const { principal } = entry;
    if (principal === undefined) return undefined;
    const nowMs = this.#deps.clock.now();
    if (nowMs >= entry.endsMs) return undefined;
    if (nowMs - entry.seenMs >= this.#options.lastSeenResolutionMs) {
      entry.seenMs = nowMs;
      this.#deps.lastSeen.note(principal.via, principal.credentialId, nowMs);
    }
    return principal;
  }

  #load(key: string, token: string): Promise<Entry> {
    const underWay = this.#loading.get(key);
    if (underWay !== undefined) return underWay;
    const revision = this.#revision;
    const loading = this.#read(token)
      .then((entry) => {
        if (revision === this.#revision) this.#remember(key, entry);
        return entry;
      })
      .finally(() => {
        if (this.#loading.get(key) === loading) this.#loading.delete(key);
      });
    this.#loading.set(key, loading);
    return loading;
  }

  async #read(token: string): Promise<Entry> {
    this.#lookups.add();
    const loadedMs = this.#deps.clock.monotonic();
    const kind = tokenKindOf(token);
    const found =
      kind === "session"
        ? await this.#readSession(hashToken(token))
        : kind === "key"
          ? await this.#readKey(hashToken(token))
          : undefined;
    return { principal: undefined, endsMs: 0, seenMs: 0, ...found, loadedMs };
  }

  async #readSession(tokenHash: Buffer): Promise<Omit<Entry, "loadedMs"> | undefined> {
    const session = await sessionByHash(this.#deps.db, tokenHash);
    if (session === undefined) return undefined;
    const seenMs = session.last_seen_at.getTime();
    const idleEndMs = seenMs + this.#options.sessionIdleMs + idleSlackMs(this.#options);
    return {
      principal: Object.freeze({
        accountId: session.account_id,
        role: session.role,
        via: "session",
        credentialId: session.id,
        scopes: "all",
      }),
      endsMs: Math.min(session.expires_at.getTime(), idleEndMs),
      seenMs,
    };
  }

  async #readKey(keyHash: Buffer): Promise<Omit<Entry, "loadedMs"> | undefined> {
    const key = await keyByHash(this.#deps.db, keyHash);
    if (key === undefined) return undefined;
    return {
      principal: Object.freeze({
        accountId: key.account_id,
        role: key.role,
        via: "key",
        credentialId: key.id,
        scopes: Object.freeze(key.scopes),
      }),
      endsMs: key.expires_at?.getTime() ?? Number.POSITIVE_INFINITY,
      seenMs: key.last_used_at?.getTime() ?? 0,
    };
  }

  #remember(key: string, entry: Entry): void {
    this.#drop(key);
    if (this.#entries.size >= this.#options.cacheMax) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#drop(oldest);
    }
    this.#entries.set(key, entry);
    if (entry.principal === undefined) return;
    const { accountId } = entry.principal;
    const keys = this.#byAccount.get(accountId);
    if (keys === undefined) this.#byAccount.set(accountId, new Set([key]));
    else keys.add(key);
  }

  #drop(key: string): void {
    const accountId = this.#entries.get(key)?.principal?.accountId;
    this.#entries.delete(key);
    if (accountId === undefined) return;
    const keys = this.#byAccount.get(accountId);
    keys?.delete(key);
    if (keys?.size === 0) this.#byAccount.delete(accountId);
  }

  #forget(accountId: string): void {
    this.#revision += 1;
    // Who asks from now on must not join a query that began before.
    this.#loading.clear();
    for (const key of this.#byAccount.get(accountId) ?? []) this.#drop(key);
  }

  #forgetAll(): void {
    this.#revision += 1;
    this.#loading.clear();
    this.#entries.clear();
    this.#byAccount.clear();
  }
}
