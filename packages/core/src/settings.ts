/**
 * Settings as data. A system declares what it can be told; one pure function
 * reads a source (environment, flags) against the declaration. The same table
 * prints the documentation, so the two cannot differ.
 */
import { defineErrors, type FieldError } from "./errors.ts";

export const settingErrors = defineErrors({
  setting_invalid: { status: 400, title: "A setting is missing, unknown or out of range" },
});

export interface Setting<Value> {
  /** What it does, with its unit and range; shown in the settings table. */
  help: string;
  /** Rendered default; `undefined` when the setting may be absent. */
  defaultText: string | undefined;
  /** A secret's value is never printed. */
  secret: boolean;
  /** The value, or a sentence that says what would have been right. */
  parse(text: string | undefined): { value: Value } | { wrong: string };
}

interface Common<Value> {
  help: string;
  default: Value;
  secret?: boolean;
}

function setting<Value>(
  common: Common<Value>,
  read: (text: string) => { value: Value } | { wrong: string },
): Setting<Value> {
  const fallback = common.default;
  return {
    help: common.help,
    defaultText: fallback === undefined ? undefined : String(fallback),
    secret: common.secret ?? false,
    parse: (text) => (text === undefined || text === "" ? { value: fallback } : read(text)),
  };
}

/** Free text. */
export function textSetting<Value extends string | undefined>(
  common: Common<Value>,
): Setting<Value | string> {
  return setting<Value | string>(common, (text) => ({ value: text }));
}

/** A whole number within [min, max]. */
export function integerSetting(
  common: Common<number> & { min: number; max: number },
): Setting<number> {
  return setting(common, (text) => {
    const value = Number(text);
    const whole = /^-?\d+$/.test(text) && Number.isSafeInteger(value);
    const fits = whole && value >= common.min && value <= common.max;
    return fits
      ? { value }
      : { wrong: `must be a whole number from ${common.min} to ${common.max}` };
  });
}

/** `true` or `false`. */
export function booleanSetting(common: Common<boolean>): Setting<boolean> {
  return setting(common, (text) =>
    text === "true" || text === "false"
      ? { value: text === "true" }
      : { wrong: "must be true or false" },
  );
}

/** One of a few words. */
export function choiceSetting<const Choice extends string>(
  common: Common<Choice> & { choices: readonly Choice[] },
): Setting<Choice> {
  return setting<Choice>(common, (text) => {
    const value = common.choices.find((choice) => choice === text);
    return value === undefined
      ? { wrong: `must be one of ${common.choices.join(", ")}` }
      : { value };
  });
}

/** A comma-separated list. */
export function listSetting(common: Common<readonly string[]>): Setting<readonly string[]> {
  return setting<readonly string[]>(common, (text) => ({
    value: text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  }));
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;

export type SettingValues<Table extends Settings> = {
  readonly [Name in keyof Table]: Table[Name] extends Setting<infer Value> ? Value : never;
};

/** Reads every declared name from `source`; names every bad one in one error. */
export function readSettings<Table extends Settings>(
  table: Table,
  source: Readonly<Record<string, string | undefined>>,
): SettingValues<Table> {
  const fields: FieldError[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(table)) {
    const parsed = entry.parse(source[name]);
    if ("value" in parsed) {
      values[name] = parsed.value;
    } else {
      const shown = entry.secret ? "" : `, not "${source[name]}"`;
      fields.push({ field: name, detail: `${parsed.wrong}${shown}` });
    }
  }
  if (fields.length > 0) {
    const detail = fields.map(({ field, detail }) => `${field} ${detail}.`).join(" ");
    throw settingErrors.setting_invalid({ detail, fields });
  }
  return values as SettingValues<Table>;
}
