/** Settings of a node that are more than a word: JSON, or a file. */
import { readFileSync } from "node:fs";
import { settingErrors } from "@tenfold/core";
import type { BucketConfig, TlsFiles } from "@tenfold/key-value-store";
import type { Address } from "./address.ts";

/** The largest that each number of a bucket may be. */
const counts = Object.freeze({ copies: 7, readQuorum: 7, writeQuorum: 7, siblingsMax: 1_000 });

const words = Object.freeze({
  resolve: ["lww", "siblings", "linearizable"],
  durability: ["disk", "memory"],
});

/** Throws `setting_invalid` for a field that is not known or out of range. */
export function readBuckets(text: string | undefined): readonly BucketConfig[] | undefined {
  if (text === undefined) return undefined;
  const name = "TENFOLD_KV_BUCKETS";
  const list = parse(name, /^\s*\[/.test(text) ? text : readText(name, text));
  if (!Array.isArray(list)) throw wrong(name, "must be a list of buckets");
  return list.map((entry: unknown) => bucketOf(name, entry));
}

function bucketOf(name: string, entry: unknown): BucketConfig {
  if (!isObject(entry)) throw wrong(name, "has something in it that is no bucket");
  const { prefix = "", ...fields } = entry;
  if (typeof prefix !== "string") throw wrong(name, "has a prefix that is no text");
  for (const [field, value] of Object.entries(fields)) {
    if (field in counts) {
      const max = counts[field as keyof typeof counts];
      const isCount = Number.isInteger(value) && Number(value) >= 1 && Number(value) <= max;
      if (isCount) continue;
      throw wrong(name, `must have a whole number from 1 to ${max} as ${field} of "${prefix}"`);
    }
    if (!(field in words)) throw wrong(name, `has a field "${field}", which no bucket has`);
    const choices = words[field as keyof typeof words];
    if (choices.some((choice) => choice === value)) continue;
    throw wrong(name, `must have ${choices.join(" or ")} as ${field} of "${prefix}"`);
  }
  return { ...fields, prefix };
}

/** Addresses by node. */
export function readDial(file: string | undefined): Readonly<Record<string, Address>> | undefined {
  if (file === undefined) return undefined;
  const name = "TENFOLD_KV_DIAL";
  const table = parse(name, readText(name, file));
  if (!isObject(table)) throw wrong(name, "must name a file with addresses by node");
  const addresses = Object.entries(table).map(([node, address]) => {
    if (isObject(address) && typeof address["host"] === "string") {
      const port = Number(address["port"]);
      if (Number.isInteger(port)) return [node, { host: address["host"], port }] as const;
    }
    throw wrong(name, `has no host and port for ${node}`);
  });
  return Object.fromEntries(addresses);
}

/** The files of TLS between nodes: all three of them, or none. */
export function readTls(
  files: Readonly<Record<keyof TlsFiles, string | undefined>>,
): TlsFiles | undefined {
  const named = Object.values(files).filter((file) => file !== undefined);
  if (named.length === 0) return undefined;
  const read = (part: keyof TlsFiles): string => {
    const name = `TENFOLD_KV_TLS_${part.toUpperCase()}`;
    const file = files[part];
    if (file === undefined)
      throw wrong(name, "is missing: TLS needs a key, a certificate and an authority");
    return readText(name, file);
  };
  return { key: read("key"), cert: read("cert"), ca: read("ca") };
}

function readText(name: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw wrong(name, `names a file that cannot be read: ${file}`);
  }
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong(name, "is no JSON");
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function wrong(name: string, detail: string): Error {
  return settingErrors.setting_invalid({
    detail: `${name} ${detail}.`,
    fields: [{ field: name, detail }],
  });
}
