/** Settings of a node that are more than a word: JSON, or a file with it. */
import { readFileSync } from "node:fs";
import { settingErrors } from "@tenfold/core";
import type { Bucket } from "@tenfold/key-value-store";
import type { Address } from "./address.ts";

/** What a bucket is where it says nothing else; as the store has it. */
const plainBucket: Omit<Bucket, "prefix"> = Object.freeze({
  readQuorum: 2,
  writeQuorum: 2,
  resolve: "lww",
  siblingsMax: 16,
  durability: "disk",
});

/** Throws `setting_invalid` for a field that is not known or out of range. */
export function readBuckets(text: string | undefined): readonly Bucket[] | undefined {
  if (text === undefined) return undefined;
  const name = "TENFOLD_KV_BUCKETS";
  const list = parse(name, /^\s*\[/.test(text) ? text : readText(name, text));
  if (!Array.isArray(list)) throw wrong(name, "must be a list of buckets");
  return list.map((entry: unknown) => bucketOf(name, entry));
}

function bucketOf(name: string, entry: unknown): Bucket {
  if (!isObject(entry)) throw wrong(name, "has something in it that is no bucket");
  const bucket = { prefix: "", ...plainBucket, ...entry };
  const { prefix, readQuorum, writeQuorum, resolve, siblingsMax, durability } = bucket;
  const strange = Object.keys(entry).find((field) => !(field in { prefix, ...plainBucket }));
  if (strange !== undefined) throw wrong(name, `has a field "${strange}", which no bucket has`);
  if (typeof prefix !== "string") throw wrong(name, "has a prefix that is no text");
  for (const [field, value] of Object.entries({ readQuorum, writeQuorum, siblingsMax })) {
    const isCount = Number.isInteger(value) && value >= 1 && value <= 1_000;
    if (!isCount) throw wrong(name, `must have a whole number from 1 as ${field} of "${prefix}"`);
  }
  if (!["lww", "siblings", "linearizable"].includes(resolve)) {
    throw wrong(name, `must have lww, siblings or linearizable as resolve of "${prefix}"`);
  }
  if (durability !== "disk" && durability !== "memory") {
    throw wrong(name, `must have disk or memory as durability of "${prefix}"`);
  }
  return { prefix, readQuorum, writeQuorum, resolve, siblingsMax, durability };
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
