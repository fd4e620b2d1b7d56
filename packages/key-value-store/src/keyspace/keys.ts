/** What can be done with a key of any type. */
import type { Bytes, Keys } from "../keyspace.ts";
import { wasWritten, type Access } from "./access.ts";
import { unique } from "./element-edits.ts";
import { countKeys, scanKeys } from "./scan-keys.ts";

export function createKeys(access: Access): Keys {
  const { keyAt, edit, presence } = access;
  const change = async (
    key: Bytes,
    expiry: Parameters<Access["edit"]>[1] & { kind: "expire" },
  ): Promise<boolean> => wasWritten(await edit(keyAt(key), expiry));
  return {
    async remove(keys) {
      const removed = await Promise.all(
        unique(keys).map((key) => edit(keyAt(key), { kind: "remove", wantsString: false })),
      );
      return removed.filter((edited) => wasWritten(edited)).length;
    },
    async count(keys) {
      const found = await Promise.all(keys.map((key) => presence(keyAt(key))));
      return found.filter((each) => each !== undefined).length;
    },
    typeOf: async (key) => (await presence(keyAt(key)))?.type,
    async expiryOf(key) {
      const found = await presence(keyAt(key));
      return found && { atMs: found.expiresMs };
    },
    expire: (key, atMs, when = "always") =>
      change(key, { kind: "expire", expiry: { kind: "at", atMs }, when, wantsString: false }),
    persist: (key) =>
      change(key, {
        kind: "expire",
        expiry: { kind: "clear" },
        when: "if-volatile",
        wantsString: false,
      }),
    scan: (cursor, options) => scanKeys(access, cursor, options),
    size: () => countKeys(access),
  };
}
