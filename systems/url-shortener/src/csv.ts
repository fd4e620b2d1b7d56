/** Links as CSV (RFC 4180), in and out, with an eye on spreadsheets. */
import { CsvError, parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import type { Link } from "./contract.ts";
import { linkErrors } from "./errors.ts";

/** Rows of one import, at most: as many as items of a bulk create. */
export const CSV_ROWS_MAX = 10_000;

const exported = [
  "url",
  "slug",
  "shortUrl",
  "title",
  "tags",
  "status",
  "validFrom",
  "validUntil",
  "maxVisits",
  "state",
  "clicks",
  "humanClicks",
  "createdAt",
] as const;
const imported: ReadonlySet<string> = new Set([
  "url",
  "slug",
  "title",
  "tags",
  "status",
  "validFrom",
  "validUntil",
  "maxVisits",
]);
const known: ReadonlySet<string> = new Set(exported);

/** The header line of an export. */
export const csvHeader = `${exported.join(",")}\r\n`;

/**
 * Rows of an export, without header. A text that a spreadsheet would run as a
 * formula gets an apostrophe in front; `parseCsv` takes it off again.
 */
export function writeCsv(links: readonly Link[]): string {
  const rows = links.map((link) => [
    link.url,
    link.code,
    link.shortUrl,
    link.title,
    link.tags.join(";"),
    link.status,
    link.validFrom,
    link.validUntil,
    link.maxVisits,
    link.state,
    link.clicks.total,
    link.clicks.human,
    link.createdAt,
  ]);
  return stringify(
    rows.map((row) => row.map((cell) => (typeof cell === "string" ? guarded(cell) : cell))),
    { record_delimiter: "\r\n" },
  );
}

/**
 * The rows of an import as bodies of `POST /v1/links`, still to be checked.
 * Columns that only an export has are passed over, others are refused. Throws `csv_invalid`.
 */
export function parseCsv(text: string): Record<string, unknown>[] {
  let header: string[] = [];
  try {
    const rows: Record<string, string>[] = parse(text, {
      bom: true,
      columns: (names: string[]) => (header = names.map((name) => name.trim())),
      skip_empty_lines: true,
      max_record_size: 64 * 1024,
      to: CSV_ROWS_MAX + 1,
    });
    const unknown = header.filter((name) => !known.has(name));
    if (unknown.length > 0)
      throw invalid(
        `The column "${unknown[0]}" is not known; there are ${[...imported].join(", ")}.`,
      );
    if (new Set(header).size < header.length) throw invalid("A column is there twice.");
    if (!header.includes("url"))
      throw invalid('The first line must name the columns, "url" among them.');
    if (rows.length === 0) throw invalid("There are no rows.");
    if (rows.length > CSV_ROWS_MAX) throw invalid(`There are more than ${CSV_ROWS_MAX} rows.`);
    return rows.map(inputOf);
  } catch (error) {
    if (error instanceof CsvError) throw invalid(error.message);
    throw error;
  }
}

function inputOf(row: Record<string, string>): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const [name, cell] of Object.entries(row)) {
    const text = unguarded(cell.trim());
    if (text === "" || !imported.has(name)) continue;
    if (name === "tags")
      input[name] = text
        .split(";")
        .map((tag) => tag.trim())
        .filter((tag) => tag !== "");
    else if (name === "status" || name === "maxVisits")
      input[name] = /^\d{1,10}$/.test(text) ? Number(text) : text;
    else input[name] = text;
  }
  return input;
}

function guarded(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
}

function unguarded(cell: string): string {
  return /^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell;
}

function invalid(detail: string): Error {
  return linkErrors.csv_invalid({ detail });
}
