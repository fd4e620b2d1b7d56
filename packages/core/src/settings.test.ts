import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TenfoldError } from "./errors.ts";
import {
  booleanSetting,
  choiceSetting,
  integerSetting,
  listSetting,
  readSettings,
  textSetting,
} from "./settings.ts";

const table = {
  PORT: integerSetting({ help: "Port to listen on", default: 8080, min: 0, max: 65_535 }),
  OPEN: booleanSetting({ help: "Whether anyone may sign up", default: false }),
  MODE: choiceSetting({ help: "Who may sign up", default: "open", choices: ["open", "closed"] }),
  HOSTS: listSetting({ help: "Further hosts", default: [] }),
  NAME: textSetting({ help: "Shown in titles", default: undefined }),
  TOKEN: textSetting({ help: "For the monitor", default: undefined, secret: true }),
};

function failure(source: Record<string, string>): TenfoldError {
  try {
    readSettings(table, source);
  } catch (error) {
    assert.ok(error instanceof TenfoldError);
    return error;
  }
  return assert.fail("the settings were accepted");
}

describe("readSettings()", () => {
  test("gives the defaults for what is absent or empty", () => {
    const expected = {
      PORT: 8080,
      OPEN: false,
      MODE: "open",
      HOSTS: [],
      NAME: undefined,
      TOKEN: undefined,
    };
    assert.deepEqual(readSettings(table, {}), expected);
    assert.deepEqual(readSettings(table, { PORT: "", HOSTS: "", NAME: "" }), expected);
  });

  test("reads each kind, and ignores names that are not its own", () => {
    const source = {
      PORT: "0",
      OPEN: "true",
      MODE: "closed",
      HOSTS: " a.example, b.example,,",
      NAME: "Ten fold",
      TOKEN: "s3cret",
      PATH: "/bin",
    };
    assert.deepEqual(readSettings(table, source), {
      PORT: 0,
      OPEN: true,
      MODE: "closed",
      HOSTS: ["a.example", "b.example"],
      NAME: "Ten fold",
      TOKEN: "s3cret",
    });
  });

  test("names every bad setting in one error, with what would have been right", () => {
    const error = failure({ PORT: "70000", OPEN: "yes", MODE: "half" });
    assert.equal(error.code, "setting_invalid");
    assert.deepEqual(error.fields, [
      { field: "PORT", detail: 'must be a whole number from 0 to 65535, not "70000"' },
      { field: "OPEN", detail: 'must be true or false, not "yes"' },
      { field: "MODE", detail: 'must be one of open, closed, not "half"' },
    ]);
    assert.match(error.message, /PORT must be .* OPEN must be .* MODE must be /);
  });

  test("takes whole numbers only, written plainly and exactly held", () => {
    for (const text of ["1.5", "1e3", "0x10", " 5", "5 ", "--5", "five", "NaN", "-1"]) {
      assert.deepEqual(
        failure({ PORT: text }).fields.map(({ field }) => field),
        ["PORT"],
      );
    }
    const wide = integerSetting({ help: "", default: 0, min: -5, max: Infinity });
    assert.deepEqual(wide.parse("-5"), { value: -5 });
    assert.ok("wrong" in wide.parse("9007199254740993"));
  });

  test("a bad secret is named but not shown", () => {
    const secret = integerSetting({ help: "", default: 0, min: 0, max: 9, secret: true });
    assert.throws(
      () => readSettings({ PIN: secret }, { PIN: "4711" }),
      (error) => error instanceof TenfoldError && !error.message.includes("4711"),
    );
  });
});

test("a setting carries what the documentation prints", () => {
  assert.deepEqual(
    Object.values(table).map(({ defaultText, secret }) => [defaultText, secret]),
    [
      ["8080", false],
      ["false", false],
      ["open", false],
      ["", false],
      [undefined, false],
      [undefined, true],
    ],
  );
});
