/**
 * Passwords: argon2id (RFC 9106), slow and hungry on purpose, and therefore
 * behind a gate. Each hash takes some 20 MiB and a thread of the process's
 * small pool; a flood of sign-ins waits in a short queue, and what does not
 * fit there is told to come back.
 *
 *   calls ──▶ [ waiting ≤ waitingMax ] ──▶ [ hashing ≤ concurrency ] ──▶ libuv's threads
 *                      └ full: password_busy
 */
import { hash, parseOptions, verify } from "@node-rs/argon2";
import { defineErrors, type Random } from "@tenfold/core";

export const passwordErrors = defineErrors({
  password_busy: {
    status: 503,
    title: "Too many passwords are being checked at once; try again shortly",
    retryable: true,
  },
});

export interface HasherOptions {
  /** Memory per hash, in KiB. */
  memoryKib: number;
  /** Passes over that memory. */
  passes: number;
  /** Hashes at once in this process. libuv has 4 threads; leave some. */
  concurrency: number;
  /** Calls that may wait for their turn. */
  waitingMax: number;
}

export interface PasswordHasher {
  /** A PHC string. Throws `password_busy` when the queue is full. */
  hash(password: string): Promise<string>;
  /**
   * True when `password` belongs to `hash`. Without a hash (no such account)
   * it takes the same time and says false. Throws `password_busy`.
   */
  verify(hash: string | undefined, password: string): Promise<boolean>;
  /** True when `hash` was made at another cost than today's. */
  isStale(hash: string): boolean;
  /** Calls that wait for their turn at this moment. */
  waiting(): number;
}

/** OWASP's smallest advice for argon2id: 19 MiB, 2 passes, 1 lane. */
export const hasherDefaults: HasherOptions = Object.freeze({
  memoryKib: 19_456,
  passes: 2,
  concurrency: 2,
  waitingMax: 64,
});

/** A hasher with a gate of its own. */
export function createPasswordHasher(
  deps: { random: Random },
  given: Partial<HasherOptions> = {},
): PasswordHasher {
  const options = { ...hasherDefaults, ...given };
  const gate = createGate(options);
  const cost = { memoryCost: options.memoryKib, timeCost: options.passes, parallelism: 1 };
  const nobodys = Buffer.from(deps.random.bytes(32)).toString("hex");
  let decoy: Promise<string> | undefined;

  const makeDecoy = async (): Promise<string> => {
    // A failure is not kept: the next call tries again.
    decoy ??= hash(nobodys, cost).catch((error: unknown) => {
      decoy = undefined;
      throw error;
    });
    return decoy;
  };
  return {
    hash: (password) => gate.run(() => hash(canonical(password), cost)),
    verify: (stored, password) =>
      gate.run(async () => {
        const matches = await verify(stored ?? (await makeDecoy()), canonical(password));
        return matches && stored !== undefined;
      }),
    isStale(stored) {
      const made = parseOptions(stored);
      return (
        made.memoryCost !== cost.memoryCost ||
        made.timeCost !== cost.timeCost ||
        made.parallelism !== cost.parallelism
      );
    },
    waiting: () => gate.waiting(),
  };
}

/** The same characters typed on different keyboards are the same password (NIST SP 800-63B). */
function canonical(password: string): string {
  return password.normalize("NFKC");
}

interface Gate {
  run<Result>(work: () => Promise<Result>): Promise<Result>;
  waiting(): number;
}

function createGate(limits: { concurrency: number; waitingMax: number }): Gate {
  const queue: (() => void)[] = [];
  let running = 0;
  return {
    waiting: () => queue.length,
    async run(work) {
      if (running >= limits.concurrency) {
        if (queue.length >= limits.waitingMax) {
          throw passwordErrors.password_busy({ retryAfterSeconds: 2 });
        }
        // Whoever finishes hands over its place, so `running` stays as it is.
        await new Promise<void>((resolve) => queue.push(resolve));
      } else {
        running += 1;
      }
      try {
        return await work();
      } finally {
        const next = queue.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}
