/** What members told the steward: what they have whole, what they still hold. */
import type { StewardView } from "./steward.ts";

export interface Report {
  /** Partitions that the reporter is to own and has whole. */
  readonly filled: readonly number[];
  /** How many partitions it holds that are not its own any more. */
  readonly held: number;
  /** The version of the configuration it acted by when it said so. */
  readonly version: number;
}

export interface Reports {
  readonly take: (from: string, report: Report) => void;
  /** A member acts by that version, so it is on its disk. */
  readonly heard: (from: string, version: number) => void;
  readonly view: Omit<StewardView, "isUp" | "isLost">;
}

export function createReports(): Reports {
  const last = new Map<string, { filled: ReadonlySet<number>; held: number; version: number }>();
  const versions = new Map<string, number>();
  return {
    take(from, { filled, held, version }) {
      const known = last.get(from);
      if (known !== undefined && known.version > version) return;
      last.set(from, { filled: new Set(filled), held, version });
    },
    heard(from, version) {
      versions.set(from, Math.max(version, versions.get(from) ?? 0));
    },
    view: {
      versionOf: (name) => versions.get(name) ?? 0,
      isFilled(name, partition, since) {
        const report = last.get(name);
        return report !== undefined && report.version >= since && report.filled.has(partition);
      },
      hasLetGo(name, version) {
        const report = last.get(name);
        return report !== undefined && report.version >= version && report.held === 0;
      },
    },
  };
}
