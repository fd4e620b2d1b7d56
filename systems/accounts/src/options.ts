/** What accounts can be told, with defaults. */
import { choiceSetting, integerSetting, readSettings, settingErrors } from "@tenfold/core";
import { hasherDefaults, type HasherOptions } from "@tenfold/password";

const dayMs = 86_400_000;
const minuteMs = 60_000;

export interface AttemptLimit {
  /** Attempts within one window. */
  max: number;
  windowMs: number;
}

export interface AccountsOptions {
  /** Who may sign up once the first account exists. */
  signUp: "open" | "invite" | "closed";
  /** A session unused for this long ends. */
  sessionIdleMs: number;
  /** A session ends this long after sign-in, used or not. */
  sessionAbsoluteMs: number;
  /** With more, the one unused for longest ends. */
  sessionsMax: number;
  apiKeysMax: number;
  invitationMs: number;
  invitationsMax: number;
  passwords: HasherOptions;
  limits: {
    /** Failed sign-ins of one account from one network. */
    accountAndNetwork: AttemptLimit;
    /** Failed sign-ins from one network, whatever the account. */
    network: AttemptLimit;
    /** Failed sign-ins of one account from networks it has not signed in from. */
    account: AttemptLimit;
    /** Sign-ups from one network. */
    signUp: AttemptLimit;
    /** Wrong current passwords when changing it. */
    passwordChange: AttemptLimit;
  };
  /** How long an authenticated token is believed while revocations reach us. */
  cacheMs: number;
  /** The same when they may not: Redis is away, or there is none. */
  cacheUncertainMs: number;
  /** How long an unknown token stays unknown. */
  cacheNegativeMs: number;
  /** Tokens remembered. */
  cacheMax: number;
  /** A use is noted when the last noted one is older than this. */
  lastSeenResolutionMs: number;
  /** Noted uses are written this often. */
  lastSeenFlushMs: number;
}

export const accountDefaults: AccountsOptions = Object.freeze({
  signUp: "invite",
  sessionIdleMs: 30 * dayMs,
  sessionAbsoluteMs: 90 * dayMs,
  sessionsMax: 100,
  apiKeysMax: 50,
  invitationMs: 7 * dayMs,
  invitationsMax: 1000,
  passwords: hasherDefaults,
  limits: Object.freeze({
    accountAndNetwork: { max: 10, windowMs: 15 * minuteMs },
    network: { max: 50, windowMs: 15 * minuteMs },
    account: { max: 100, windowMs: 60 * minuteMs },
    signUp: { max: 20, windowMs: 60 * minuteMs },
    passwordChange: { max: 10, windowMs: 15 * minuteMs },
  }),
  cacheMs: 30_000,
  cacheUncertainMs: 5_000,
  cacheNegativeMs: 2_000,
  cacheMax: 20_000,
  lastSeenResolutionMs: 3 * minuteMs,
  lastSeenFlushMs: minuteMs,
});

/** The settings an operator may give. */
export const accountSettings = {
  TENFOLD_SIGN_UP: choiceSetting({
    help: "Who may sign up after the first account, which is the administrator",
    choices: ["open", "invite", "closed"],
    default: "invite",
  }),
  TENFOLD_SESSION_IDLE_DAYS: integerSetting({
    help: "A session unused for this many days ends",
    default: 30,
    min: 1,
    max: 3650,
  }),
  TENFOLD_SESSION_DAYS: integerSetting({
    help: "A session ends this many days after sign-in, used or not",
    default: 90,
    min: 1,
    max: 3650,
  }),
  TENFOLD_PASSWORD_MEMORY_KIB: integerSetting({
    help: "Memory that hashing one password takes (argon2id), in KiB",
    default: 19_456,
    min: 8192,
    max: 1_048_576,
  }),
  TENFOLD_PASSWORD_PASSES: integerSetting({
    help: "Passes over that memory",
    default: 2,
    min: 1,
    max: 20,
  }),
  TENFOLD_PASSWORD_CONCURRENCY: integerSetting({
    help: "Passwords hashed at once in one process",
    default: 2,
    min: 1,
    max: 64,
  }),
  TENFOLD_SIGN_IN_ATTEMPTS: integerSetting({
    help: "Failed sign-ins of one account from one network in 15 minutes; 5 times as many from one network in all, 10 times as many of one account in an hour",
    default: 10,
    min: 3,
    max: 10_000,
  }),
  TENFOLD_API_KEYS_MAX: integerSetting({
    help: "API keys one account may have",
    default: 50,
    min: 1,
    max: 10_000,
  }),
  TENFOLD_INVITATION_DAYS: integerSetting({
    help: "An invitation can be used for this many days",
    default: 7,
    min: 1,
    max: 365,
  }),
};

/** Options from environment variables. Throws `setting_invalid` naming every bad one. */
export function fromEnv(source: Readonly<Record<string, string | undefined>>): AccountsOptions {
  const values = readSettings(accountSettings, source);
  if (values.TENFOLD_SESSION_IDLE_DAYS > values.TENFOLD_SESSION_DAYS) {
    const detail = "TENFOLD_SESSION_IDLE_DAYS must not exceed TENFOLD_SESSION_DAYS.";
    throw settingErrors.setting_invalid({
      detail,
      fields: [{ field: "TENFOLD_SESSION_IDLE_DAYS", detail }],
    });
  }
  const attempts = values.TENFOLD_SIGN_IN_ATTEMPTS;
  const { limits, passwords } = accountDefaults;
  return {
    ...accountDefaults,
    signUp: values.TENFOLD_SIGN_UP,
    sessionIdleMs: values.TENFOLD_SESSION_IDLE_DAYS * dayMs,
    sessionAbsoluteMs: values.TENFOLD_SESSION_DAYS * dayMs,
    apiKeysMax: values.TENFOLD_API_KEYS_MAX,
    invitationMs: values.TENFOLD_INVITATION_DAYS * dayMs,
    passwords: {
      ...passwords,
      memoryKib: values.TENFOLD_PASSWORD_MEMORY_KIB,
      passes: values.TENFOLD_PASSWORD_PASSES,
      concurrency: values.TENFOLD_PASSWORD_CONCURRENCY,
    },
    limits: {
      ...limits,
      accountAndNetwork: { ...limits.accountAndNetwork, max: attempts },
      network: { ...limits.network, max: attempts * 5 },
      account: { ...limits.account, max: attempts * 10 },
    },
  };
}
