/** Checking a job's data against its schema, compiled once per queue. */
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { jobErrors } from "./errors.ts";

/** Jobs carry references, not payloads: what is larger belongs in a table or in blobs. */
export const JOB_DATA_CHARACTERS_MAX = 256 * 1024;

export interface DataCheck {
  /** The data, when it may be enqueued; throws `job_data_invalid` otherwise. */
  accept(data: unknown): object;
  /** True when a handler may see it. Data in the table can be of another version. */
  fits(data: unknown): boolean;
}

/** Compiles the schema of `queue`. */
export function compileData(queue: string, schema: TSchema): DataCheck {
  const validator = Compile(schema);
  return {
    fits: (data) => validator.Check(data),
    accept(data) {
      if (typeof data !== "object" || data === null || Array.isArray(data)) {
        throw jobErrors.job_data_invalid({ detail: `A job of ${queue} takes an object.` });
      }
      if (!validator.Check(data)) {
        const fields = [...validator.Errors(data)].map((error) => ({
          field: error.instancePath,
          detail: error.message,
        }));
        const where = fields.map(({ field, detail }) => `${field} ${detail}`.trim()).join("; ");
        throw jobErrors.job_data_invalid({ detail: `A job of ${queue}: ${where}.`, fields });
      }
      if (JSON.stringify(data).length > JOB_DATA_CHARACTERS_MAX) {
        const detail = `A job of ${queue} has more than ${JOB_DATA_CHARACTERS_MAX} characters.`;
        throw jobErrors.job_data_invalid({ detail, hint: "Store the data, enqueue its ID." });
      }
      return data;
    },
  };
}
