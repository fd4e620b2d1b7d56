/** What unique IDs can be told, and how the environment says it. */
import { choiceSetting, integerSetting, readSettings } from "@tenfold/core";

export interface UniqueIdsOptions {
  /** How far IDs may run ahead of the clock, in ms: the budget of a burst, 4,096 IDs each. */
  aheadMsMax: number;
  /** While the clock is behind where it has been. */
  onClockStep: "borrow" | "wait" | "refuse";
  /** How long a request waits for the clock or for a worker ID, in ms. */
  waitMsMax: number;
}

export const uniqueIdsDefaults: UniqueIdsOptions = Object.freeze({
  aheadMsMax: 1_000,
  onClockStep: "borrow",
  waitMsMax: 2_000,
});

/** The settings an operator may give. */
export const uniqueIdsSettings = {
  TENFOLD_IDS_AHEAD_MS: integerSetting({
    help: "How far IDs given out over HTTP may run ahead of the clock in a burst, in ms; each is room for 4,096 IDs",
    default: uniqueIdsDefaults.aheadMsMax,
    min: 3,
    max: 60_000,
  }),
  TENFOLD_IDS_CLOCK_STEP: choiceSetting({
    help: "While the clock is behind where it has been: `borrow` goes on within the setting above, `wait` lets requests wait, `refuse` answers 503",
    choices: ["borrow", "wait", "refuse"],
    default: "borrow",
  }),
  TENFOLD_IDS_WAIT_MS: integerSetting({
    help: "How long a request for IDs waits for the clock or for a worker ID, in ms",
    default: uniqueIdsDefaults.waitMsMax,
    min: 0,
    max: 60_000,
  }),
};

/** Options from environment variables. Throws `setting_invalid` naming every bad one. */
export function fromEnv(source: Readonly<Record<string, string | undefined>>): UniqueIdsOptions {
  const values = readSettings(uniqueIdsSettings, source);
  return {
    aheadMsMax: values.TENFOLD_IDS_AHEAD_MS,
    onClockStep: values.TENFOLD_IDS_CLOCK_STEP,
    waitMsMax: values.TENFOLD_IDS_WAIT_MS,
  };
}
