/** The other side of filling a partition: what is held of it, page by page. */
import { partitionRange } from "../cell-key.ts";
import type { Cell } from "../cell.ts";
import { tryDecode } from "./damage.ts";
import type { Reply, Request } from "./messages.ts";
import type { Storage } from "./ports.ts";

/** Cells of one page, and about how many bytes. */
const CELLS_MAX = 256;
const BYTES_MAX = 256 * 1_024;

export async function answerPull(
  storage: Storage,
  { partition, after }: Extract<Request, { kind: "pull" }>,
): Promise<Reply> {
  const { from: first, to } = partitionRange(partition);
  const from = after.length === 0 ? first : Buffer.concat([after, Buffer.of(0)]);
  const entries = await storage.range({ from, to, limit: CELLS_MAX });
  let bytes = 0;
  const cells: { place: Uint8Array; cell: Cell }[] = [];
  for (const [place, record] of entries) {
    if (bytes >= BYTES_MAX) break;
    bytes += place.length + record.length;
    // A damaged one is for the comparison with another owner to bring.
    const cell = tryDecode(record);
    if (cell !== undefined) cells.push({ place, cell });
  }
  return { kind: "pulled", cells, bytes };
}
