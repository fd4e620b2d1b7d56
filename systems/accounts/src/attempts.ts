/**
 * Guessing is slow. Attempts are counted in windows before the password is
 * looked at, so that a thousand at once do not slip through together, and a
 * success gives its attempt back.
 *
 *   account + network    10 in 15 min   someone who tries passwords
 *   network              50 in 15 min   someone who tries accounts
 *   account             100 in an hour  many machines that try one account
 *
 * The last one would let strangers lock the owner out for as long as they like
 * to go on, so it does not hold for networks the account has signed in from.
 * An attempt refused by a narrow limit is not counted against a wider one.
 *
 * Counters live in the state; while its engine is away each process counts
 * for itself, in a bounded table. Accounts that do not exist are counted just
 * the same: a limit tells nobody who has an account.
 */
import type { Clock } from "@tenfold/core";
import type { State } from "@tenfold/state";
import { hash } from "node:crypto";
import { accountErrors } from "./errors.ts";
import { attemptNetworkOf } from "./network.ts";
import type { AccountsOptions, AttemptLimit } from "./options.ts";

export interface SignInAttempt {
  /** Gives the attempt back. */
  succeeded(): Promise<void>;
}

export interface Attempts {
  /**
   * Counts a sign-in; throws `too_many_attempts`. `isKnownNetwork` is asked
   * only when the account's own limit is reached.
   */
  signIn(who: {
    emailKey: string;
    address: string;
    isKnownNetwork: () => Promise<boolean>;
  }): Promise<SignInAttempt>;
  /** Counts a sign-up; throws `too_many_attempts`. */
  signUp(address: string): Promise<void>;
  /** Counts a try at the current password; throws `too_many_attempts`. */
  passwordChange(accountId: string): Promise<SignInAttempt>;
}

interface AttemptsDeps {
  clock: Clock;
  state: State;
}

export function createAttempts(deps: AttemptsDeps, limits: AccountsOptions["limits"]): Attempts {
  const counters = createCounters(deps);

  const take = async (name: string, limit: AttemptLimit): Promise<boolean> =>
    (await counters.add(name, 1, limit.windowMs)) <= limit.max;
  const refuse = (limit: AttemptLimit): Error =>
    accountErrors.too_many_attempts({
      retryAfterSeconds: Math.ceil(counters.windowEndsInMs(limit.windowMs) / 1000),
      hint: "Wait before you try again.",
    });
  const giveBack = async (names: readonly [string, AttemptLimit][]): Promise<void> => {
    for (const [name, limit] of names) await counters.add(name, -1, limit.windowMs);
  };
  return {
    async signIn({ emailKey, address, isKnownNetwork }) {
      const account = hash("sha256", emailKey, "base64url");
      const network = attemptNetworkOf(address);
      const both = `${account}.${network}`;
      if (!(await take(both, limits.accountAndNetwork))) throw refuse(limits.accountAndNetwork);
      if (!(await take(network, limits.network))) throw refuse(limits.network);
      if (!(await take(account, limits.account)) && !(await isKnownNetwork())) {
        throw refuse(limits.account);
      }
      return {
        succeeded: () =>
          giveBack([
            [both, limits.accountAndNetwork],
            [network, limits.network],
            [account, limits.account],
          ]),
      };
    },
    async signUp(address) {
      const name = `sign-up.${attemptNetworkOf(address)}`;
      if (!(await take(name, limits.signUp))) throw refuse(limits.signUp);
    },
    async passwordChange(accountId) {
      const name = `password.${accountId}`;
      const limit = limits.passwordChange;
      if (!(await take(name, limit))) throw refuse(limit);
      return { succeeded: () => giveBack([[name, limit]]) };
    },
  };
}

/** Names remembered while the state's engine is away. */
const localCountersMax = 10_000;

/** Counters that start anew with each window; windows begin at whole multiples of their length. */
function createCounters({ clock, state }: AttemptsDeps) {
  const local = new Map<string, { count: number; endsMs: number }>();

  const addLocally = (key: string, by: number, endsMs: number): number => {
    const count = (local.get(key)?.count ?? 0) + by;
    // Set anew so that the map's order is by last use and the first is the stalest.
    local.delete(key);
    local.set(key, { count, endsMs });
    if (local.size > localCountersMax) {
      const [stalest] = local.keys();
      if (stalest !== undefined) local.delete(stalest);
    }
    return count;
  };
  return {
    async add(name: string, by: number, windowMs: number): Promise<number> {
      const window = Math.floor(clock.now() / windowMs);
      const key = `accounts.attempts.${name}.${windowMs}.${window}`;
      const sum = await state.increment(key, by, { ttlMs: windowMs });
      return sum ?? addLocally(key, by, (window + 1) * windowMs);
    },
    windowEndsInMs: (windowMs: number): number => windowMs - (clock.now() % windowMs),
  };
}
