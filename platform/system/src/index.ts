/**
 * What a system is, and what it stands on. The composition root makes one
 * `Platform`, hands it to each system, then registers what the system brings:
 * migrations, routes and job workers, before starting it.
 */
import type { Clock, Log, Metrics, Random, Service, Settings } from "@tenfold/core";
import type { BoundRoutes } from "@tenfold/http";
import type { Jobs, JobWorker } from "@tenfold/jobs";
import type { Outbound } from "@tenfold/outbound";
import type { Migration, Sql } from "@tenfold/sql";
import type { State } from "@tenfold/state";

export interface Platform {
  clock: Clock;
  random: Random;
  log: Log;
  metrics: Metrics;
  sql: Sql;
  state: State;
  jobs: Jobs;
  outbound: Outbound;
  /** Unique 64-bit IDs, increasing per process, as decimal text. */
  nextId(): string;
  /** Where people reach us, without a slash at the end: `https://tenfold.example`. */
  publicUrl: string;
  /** 32 bytes, the same in every process and for ever; keys are derived from it by name. */
  secret: Uint8Array;
}

export interface System extends Service {
  /** Folder and route tag, `url-shortener`; its SQL schema is `url_shortener`. */
  readonly name: string;
  readonly migrations: readonly Migration[];
  readonly routes: readonly BoundRoutes[];
  readonly workers: readonly JobWorker[];
}

/** What a system declares besides its constructor, for the settings table. */
export type SystemSettings = Settings;
