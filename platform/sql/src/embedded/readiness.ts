/** Waiting until a server answers, and making sure that it is the right one. */
import { realpathSync } from "node:fs";

import type { Clock, Log } from "@tenfold/core";
import { Client } from "pg";

import { sqlErrors } from "../errors.ts";

import { explainFailure } from "./cluster.ts";
import type { Layout } from "./layout.ts";
import type { Postmaster } from "./postmaster.ts";
import { logLength, readLogSince } from "./server-log.ts";

export interface ReadinessCheck {
  postmaster: Postmaster;
  layout: Layout;
  /** Of the superuser. */
  connectionString: string;
  /** How long the log was before this run. */
  logOffset: number;
  clock: Clock;
  log: Log;
}

/** A server that says nothing at all for so long is not going to. */
const silenceMsMax = 60_000;
const pollMs = 10;
const reportMs = 5_000;

/** `cannot_connect_now`: starting up, or recovering, which takes what it takes. */
const startingUp = "57P03";

/** The folder that the server behind the socket serves, or why it does not say. */
async function askFolder(connectionString: string): Promise<{ folder: string } | { code: string }> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 10_000 });
  // The failure is in the rejected promise already.
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ folder: string }>(
      "select current_setting('data_directory') as folder",
    );
    return { folder: rows[0]?.folder ?? "" };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return { code };
  } finally {
    await client.end().catch(() => undefined);
  }
}

function failure(check: ReadinessCheck, how: string): Error {
  const said = readLogSince(check.layout.log, check.logOffset);
  return sqlErrors.postgres_start_failed({
    ...explainFailure(said, check.layout.folder),
    cause: new Error(`postgres ended ${how}; its log is ${check.layout.log}\n${said}`),
  });
}

/** Resolves when the server answers queries on our cluster; throws when it ended instead. */
export async function waitUntilReady(check: ReadinessCheck): Promise<void> {
  const { postmaster, clock, log, layout } = check;
  let heardMs = clock.monotonic();
  let reportedMs = heardMs;
  for (;;) {
    if (postmaster.ended) throw failure(check, await postmaster.exit);
    const answer = await askFolder(check.connectionString);
    if ("folder" in answer) {
      if (realpathSync(answer.folder) === realpathSync(layout.cluster)) return;
      throw sqlErrors.postgres_start_failed({
        detail: `The server on this socket serves ${answer.folder}, not ${layout.cluster}.`,
      });
    }
    const nowMs = clock.monotonic();
    if (answer.code === startingUp) heardMs = nowMs;
    if (nowMs - heardMs > silenceMsMax) throw failure(check, "not, but does not answer");
    if (nowMs - reportedMs > reportMs) {
      reportedMs = nowMs;
      log.info(
        { code: answer.code, logBytes: logLength(layout.log) },
        "waiting for the database to recover",
      );
    }
    await Promise.race([clock.sleep(pollMs), postmaster.exit]);
  }
}
