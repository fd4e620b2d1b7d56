/** A JSON Schema for people: one line for a type, a nested list for an object. */
import { html, joined, markdown, type Html } from "./html.ts";
import type { JsonSchema } from "./openapi.ts";

/** Deeper objects are only named. */
const DEPTH_MAX = 4;

/** Fields of an object or of a list's items; a plain type on one line. */
export function schemaHtml(schema: JsonSchema, depth = 0): Html {
  const shown = objectIn(schema);
  if (shown === undefined) return depth === 0 ? html`<p>${typeText(schema)}</p>` : html``;
  if (depth === DEPTH_MAX) return html``;
  const required: unknown = shown["required"];
  const rows = Object.entries(record(shown["properties"])).map(([name, value]) => {
    const field = record(value);
    const must = Array.isArray(required) && required.includes(name);
    const about = field["description"];
    return html`<dt><code>${name}</code>${must ? "" : html` <small>optional</small>`}</dt>
      <dd>
        ${typeText(field)}${typeof about === "string" ? html` · ${markdown(about)}` : ""}${schemaHtml(field, depth + 1)}
      </dd>`;
  });
  return html`<dl class="schema">${joined(rows)}</dl>`;
}

/** `string, at most 200 characters`, `"open" or "closed"`, `list of objects`. */
export function typeText(schema: JsonSchema): string {
  const choices = unionOf(schema);
  if (choices !== undefined) return [...new Set(choices.map(typeText))].join(" or ");
  if ("const" in schema) return JSON.stringify(schema["const"]);
  const listed = schema["enum"];
  if (Array.isArray(listed)) return listed.map((each) => JSON.stringify(each)).join(" or ");
  if (schema["type"] === "array")
    return `list of ${typeText(record(schema["items"]))}${limits(schema)}`;
  const format = schema["format"];
  const type = typeof schema["type"] === "string" ? schema["type"] : "anything";
  return (typeof format === "string" ? format : type) + limits(schema);
}

const LIMITS: readonly (readonly [string, string])[] = [
  ["minLength", "at least # characters"],
  ["maxLength", "at most # characters"],
  ["minItems", "at least # items"],
  ["maxItems", "at most # items"],
  ["minimum", "from #"],
  ["maximum", "to #"],
  ["pattern", "matching #"],
  ["default", "default #"],
];

function limits(schema: JsonSchema): string {
  return LIMITS.flatMap(([name, words]) => {
    const value = schema[name];
    if (value === undefined) return [];
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return [`, ${words.replace("#", () => text)}`];
  }).join("");
}

/** The object to unfold: itself, a list's items, or the one object of a union with null. */
function objectIn(schema: JsonSchema): JsonSchema | undefined {
  if (schema["type"] === "array") return objectIn(record(schema["items"]));
  const choices: JsonSchema[] = [];
  for (const each of unionOf(schema) ?? []) {
    const found = objectIn(each);
    if (found !== undefined) choices.push(found);
  }
  if (choices.length === 1) return choices[0];
  return schema["type"] === "object" && "properties" in schema ? schema : undefined;
}

function unionOf(schema: JsonSchema): JsonSchema[] | undefined {
  const list = schema["anyOf"] ?? schema["oneOf"];
  return Array.isArray(list) ? list.map((each: unknown) => record(each)) : undefined;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
