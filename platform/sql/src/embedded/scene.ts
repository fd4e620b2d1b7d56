/** What the embedded database's tests share: folders, child processes, and looking at processes. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { Client } from "pg";

import type { Account } from "./account.ts";
import { startEmbeddedPostgres, type EmbeddedPostgresOptions } from "./embedded-postgres.ts";
import { copyTemplate } from "./template.ts";

/** A temporary folder that the server's account can enter, removed after the test. */
export function temporaryFolder(t: TestContext, name = "plain"): string {
  const parent = mkdtempSync(join(tmpdir(), "tf-"));
  chmodSync(parent, 0o711);
  t.after(() => rmSync(parent, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));
  return join(parent, name);
}

/** A data folder with a database in it already, for tests that are not about making one. */
export async function preparedFolder(t: TestContext, name?: string): Promise<string> {
  const folder = temporaryFolder(t, name);
  mkdirSync(folder);
  chmodSync(folder, 0o711);
  await copyTemplate(folder);
  return folder;
}

/** Starts the database, and stops it after the test. */
export async function startFor(
  t: TestContext,
  dataFolder: string,
  options: Omit<EmbeddedPostgresOptions, "dataFolder"> = {},
) {
  const server = await startEmbeddedPostgres({ dataFolder, ...options });
  t.after(() => server.stop());
  return server;
}

/** One statement on a connection of its own. */
export async function ask(
  connectionString: string,
  text: string,
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

export interface Said {
  ready?: string;
  postmaster?: number;
  row?: string;
  failed?: string;
  message?: string;
}

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Everything it has said so far. */
  readonly said: Said[];
  /** Resolves with the first line that `matches`, or rejects when it ends without one. */
  until(matches: (line: Said) => boolean): Promise<Said>;
  /** `kill -9`, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Runs `start.fixture.ts` in a process of its own, as `account` when given. */
export function startChild(t: TestContext, args: readonly string[], account?: Account): Child {
  const fixture = join(import.meta.dirname, "start.fixture.ts");
  const child = spawn(execPath, [fixture, ...args], {
    ...account,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said: Said[] = [];
  const waiting = new Set<() => void>();
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    // The last line of a killed process may be cut short.
    if (line.endsWith("}")) said.push(JSON.parse(line));
    for (const wake of waiting) wake();
  });
  const closed = once(child, "close").then(() => {
    for (const wake of waiting) wake();
  });
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await closed;
  };
  t.after(kill);
  return {
    process: child,
    pid: child.pid ?? 0,
    said,
    kill,
    until: (matches) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = said.find(matches);
          if (found !== undefined) resolve(found);
          else if (child.exitCode === null && child.signalCode === null) return;
          else reject(new Error(`it ended and said only ${JSON.stringify(said)}`));
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
  };
}

export function isAlive(pid: number): boolean {
  try {
    // A zombie has ended; only its parent has not looked yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Waits until the process is gone, however long that takes. */
export async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await delay(10);
}

/** The direct children of a process whose program is called `name`. */
export function childrenOf(parent: number, name: string): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        const [, comm, rest] =
          /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${entry}/stat`, "utf8")) ?? [];
        return comm === name && Number(rest?.split(" ")[1]) === parent;
      } catch {
        return false;
      }
    })
    .map(Number);
}
