/** Edits of rules in Postgres, and the number that says whether they have changed. */
import type { Sql } from "@tenfold/sql";
import type { ColumnType, Transaction } from "kysely";
import type { RuleEdit } from "./contract.ts";

interface Tables {
  edits: {
    rule: string;
    /** Written as JSON text. */
    edit: ColumnType<RuleEdit, string, string>;
    edited_by: string;
    edited_at: Date;
  };
  revision: { only_row: boolean; number: string };
}

export interface StoredEdit {
  rule: string;
  edit: RuleEdit;
  editedBy: string;
  editedAt: Date;
}

export type EditStore = ReturnType<typeof createEditStore>;

/** Each change is one transaction with its step of the revision. */
export function createEditStore(sql: Sql) {
  const db = sql.tables<Tables>("rate-limits");
  const step = (transaction: Transaction<Tables>) =>
    transaction
      .updateTable("revision")
      .set(({ eb }) => ({ number: eb("number", "+", "1") }))
      .execute();
  const revision = async (): Promise<string> => {
    const row = await db.selectFrom("revision").select("number").executeTakeFirstOrThrow();
    return row.number;
  };

  return {
    /** Grows with every change. */
    revision,

    /** The revision first: a change in between is then seen once more, not missed. */
    async read(): Promise<{ revision: string; edits: readonly StoredEdit[] }> {
      const seen = await revision();
      const rows = await db.selectFrom("edits").selectAll().orderBy("rule").execute();
      const edits = rows.map((row) => ({
        rule: row.rule,
        edit: row.edit,
        editedBy: row.edited_by,
        editedAt: row.edited_at,
      }));
      return { revision: seen, edits };
    },

    async put({ rule, edit, editedBy, editedAt }: StoredEdit): Promise<void> {
      const row = { edit: JSON.stringify(edit), edited_by: editedBy, edited_at: editedAt };
      await db.transaction().execute(async (transaction) => {
        await step(transaction);
        await transaction
          .insertInto("edits")
          .values({ rule, ...row })
          .onConflict((conflict) => conflict.column("rule").doUpdateSet(row))
          .execute();
      });
    },

    async remove(rule: string): Promise<void> {
      await db.transaction().execute(async (transaction) => {
        await step(transaction);
        await transaction.deleteFrom("edits").where("rule", "=", rule).execute();
      });
    },
  };
}
