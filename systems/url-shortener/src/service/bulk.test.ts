import assert from "node:assert/strict";
import { test } from "node:test";
import { systemRandom } from "@tenfold/core";
import { createPasswordHasher } from "@tenfold/password";
import { createDomains } from "../domains.ts";
import { createPasswords } from "../password.ts";
import { createBulk } from "./bulk.ts";

test("an item whose password finds the hasher's queue full fails by itself", async () => {
  const hasher = createPasswordHasher(
    { random: systemRandom },
    { memoryKib: 64, passes: 1, concurrency: 1, waitingMax: 0 },
  );
  const passwords = createPasswords(hasher, new Uint8Array(32));
  let first = true;
  const drafts = {
    domains: createDomains(() => "https://tenfold.test", []),
    urls: { isOwn: () => false, isBlocked: () => false },
    passwords: {
      ...passwords,
      hash: async (password: string) => {
        // Somebody else's password takes the only place before the first item's.
        const rival = first ? passwords.hash("rival") : undefined;
        first = false;
        try {
          return await passwords.hash(password);
        } finally {
          await rival;
        }
      },
    },
  };
  const stored: (string | undefined)[] = [];
  const { failed, items } = await createBulk(
    {
      drafts,
      creation: {
        many: async (orders) => {
          stored.push(...orders.map(({ draft }) => draft.settings.url));
          return [];
        },
      },
      changes: { linksChanged: async () => undefined },
    },
    "1",
    [{ url: "https://example.com/locked", password: "open sesame" }],
  );
  assert.equal(failed, 1);
  assert.equal(items[0]?.error?.code, "password_busy");
  assert.deepEqual(stored, []);
});
