/** PostgreSQL's log in a file that does not grow for ever. */
import {
  closeSync,
  copyFileSync,
  fstatSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
} from "node:fs";

/** Two files of at most about this size are kept. */
const logBytesMax = 8 * 1024 * 1024;

/** Moves the log aside when it is large. The server appends, so it goes on at the new end. */
export function boundLog(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= logBytesMax) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
}

/** How long the log is now. */
export function logLength(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** What was logged after `offset`, at most the last 4,000 bytes of it. */
export function readLogSince(path: string, offset: number): string {
  const fd = openSync(path, "r");
  try {
    const end = fstatSync(fd).size;
    const start = Math.max(offset, end - 4_000, 0);
    const buffer = Buffer.alloc(Math.max(0, end - start));
    readSync(fd, buffer, 0, buffer.length, start);
    return buffer.toString();
  } finally {
    closeSync(fd);
  }
}
