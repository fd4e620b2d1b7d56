/** Reading YAML (and so JSON) with the line of everything, collecting all mistakes. */
import type { FieldError } from "@tenfold/core";
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type YAMLMap } from "yaml";
import { rateLimiterErrors } from "../errors.ts";

/** A value somewhere in the text. */
export interface Place {
  readonly node: unknown;
  readonly line: number;
}

/** A map whose fields are taken out one by one; what is left at the end is unknown. */
export interface Fields {
  readonly line: number;
  take(name: string): Place | undefined;
}

export class RuleReader {
  readonly #lines = new LineCounter();
  readonly #mistakes: FieldError[] = [];
  readonly root: Place;

  constructor(text: string) {
    const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    for (const { message, pos } of document.errors) this.fail(this.#lineAt(pos[0]), message);
    this.root = { node: document.contents, line: 1 };
  }

  /** Notes a mistake; reading goes on, so that all are told at once. */
  fail(line: number, detail: string): undefined {
    this.#mistakes.push({ field: `line ${line}`, detail });
    return undefined;
  }

  /** Throws `rules_invalid` when there were mistakes. */
  finish(): void {
    if (this.#mistakes.length === 0) return;
    const fields = this.#mistakes;
    const detail = fields.map((mistake) => `${mistake.field}: ${mistake.detail}`).join("\n");
    throw rateLimiterErrors.rules_invalid({ detail, fields });
  }

  /** The fields of a map, each known by `names`. */
  fields({ node, line }: Place, names: readonly string[]): Fields {
    const found = new Map<string, Place>();
    if (!isMap(node)) this.fail(line, "must be a map of fields");
    else for (const { name, place } of this.#pairs(node)) found.set(name, place);
    for (const [name, place] of found) {
      if (names.includes(name)) continue;
      this.fail(place.line, `unknown field "${name}"; there are ${names.join(", ")}`);
    }
    return { line, take: (name) => found.get(name) };
  }

  /** Every name and value of a map. */
  entries({ node, line }: Place): { name: string; place: Place }[] {
    if (isMap(node)) return this.#pairs(node);
    this.fail(line, "must be a map of fields");
    return [];
  }

  /** The items of a list. */
  list({ node, line }: Place): Place[] {
    if (isSeq(node)) return node.items.map((item) => this.#place(item, line));
    this.fail(line, "must be a list");
    return [];
  }

  /** One text, or a list of texts; numbers count as text. */
  texts(place: Place): string[] {
    const items = isSeq(place.node) ? this.list(place) : [place];
    return items.map((item) => this.text(item)).filter((text) => text !== undefined);
  }

  text({ node, line }: Place): string | undefined {
    const value: unknown = isScalar(node) ? node.value : undefined;
    if (typeof value === "string") return value;
    if (typeof value === "number") return String(value);
    return this.fail(line, "must be text");
  }

  /** A whole number within bounds. */
  whole({ node, line }: Place, [min, max]: readonly [number, number]): number | undefined {
    const value: unknown = isScalar(node) ? node.value : undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) {
      return value;
    }
    return this.fail(line, `must be a whole number from ${min} to ${max}`);
  }

  truth({ node, line }: Place): boolean | undefined {
    const value: unknown = isScalar(node) ? node.value : undefined;
    return typeof value === "boolean" ? value : this.fail(line, "must be true or false");
  }

  /** One of a few words. */
  choice<const Word extends string>(place: Place, words: readonly Word[]): Word | undefined {
    const text = this.text(place);
    if (text === undefined) return undefined;
    const found = words.find((word) => word === text);
    return found ?? this.fail(place.line, `must be one of ${words.join(", ")}, not "${text}"`);
  }

  #pairs(map: YAMLMap): { name: string; place: Place }[] {
    return map.items.map(({ key, value }) => {
      const at = this.#place(key, 1);
      const name = isScalar(key) ? String(key.value) : "";
      return { name, place: { node: value, line: at.line } };
    });
  }

  #place(node: unknown, line: number): Place {
    const start = isNodeWithRange(node) ? node.range?.[0] : undefined;
    return { node, line: start === undefined ? line : this.#lineAt(start) };
  }

  #lineAt(offset: number): number {
    return this.#lines.linePos(offset).line;
  }
}

function isNodeWithRange(node: unknown): node is Node {
  return isMap(node) || isSeq(node) || isScalar(node);
}
