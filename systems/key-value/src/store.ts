/** Which nodes the platform runs itself, in Postgres, so that the next start finds them. */
import type { Sql } from "@tenfold/sql";
import { sql as raw } from "kysely";

interface Tables {
  nodes: { name: string; added_at: Date };
  secret: { only_row: boolean; bytes: Uint8Array };
}

export type NodeStore = ReturnType<typeof createNodeStore>;

export function createNodeStore(sql: Sql) {
  const db = sql.tables<Tables>("key-value");
  return {
    /** Names, the oldest first. */
    async list(): Promise<string[]> {
      const rows = await db.selectFrom("nodes").select("name").orderBy("added_at").execute();
      return rows.map(({ name }) => name);
    },

    /** A name that no node has had. */
    async nextName(): Promise<string> {
      const { rows } = await raw<{ number: string }>`
        select nextval('key_value.node_numbers') as number`.execute(db);
      return `node-${rows[0]?.number}`;
    },

    async add(name: string, addedAt: Date): Promise<void> {
      await db.insertInto("nodes").values({ name, added_at: addedAt }).execute();
    },

    async remove(name: string): Promise<void> {
      await db.deleteFrom("nodes").where("name", "=", name).execute();
    },

    /** The one that is kept; `fresh` when there was none. */
    async secret(fresh: Uint8Array): Promise<Uint8Array> {
      await db
        .insertInto("secret")
        .values({ only_row: true, bytes: fresh })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      const row = await db.selectFrom("secret").select("bytes").executeTakeFirstOrThrow();
      return row.bytes;
    },
  };
}
