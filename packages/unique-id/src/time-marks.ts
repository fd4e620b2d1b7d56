/**
 * The port of the time mark: how far into time the holders of a worker ID may
 * have made IDs. Kept so that a clock which is set back while nobody looks, or
 * a holder that wakes after its lease, gives no ID twice.
 *
 *        already used up to here at most        promised to this holder
 *   ──────────────────────────────────────┤══════════════════════════┤─ ─ ─▶ ms
 *                            mark of token 6                mark of token 7
 *
 * A holder writes its mark *ahead* of the IDs it makes and stays at or below
 * it. A successor first registers its greater token, from when on a smaller one
 * can write nothing, and begins above the mark it finds. So the IDs of two
 * holders of one worker ID never meet, whatever clocks, leases and pauses did:
 * stretches of time are handed out as `segment.ts` hands out stretches of
 * numbers.
 *
 * Contract:
 * - `open` registers the token, and answers the mark: `undefined` when the slot
 *   was never used. Both in one atomic step. Refuses (answers `"fenced"`) when
 *   a greater token is known; the same token may open again.
 * - `write` sets the mark, up or down; durable before it resolves. Answers false,
 *   and changes nothing, when a greater token is known.
 * - Calls of one holder come one after the other; those of several may overlap.
 * - What cannot be reached rejects; whether the call took effect is then unknown.
 */

/** Who holds a slot: the lease's own numbers. */
export interface SlotHolder {
  slot: number;
  token: bigint;
}

export interface TimeMarks {
  open(holder: SlotHolder): Promise<{ markMs: number | undefined } | "fenced">;
  write(holder: SlotHolder, markMs: number): Promise<boolean>;
}

/** Marks in memory: the executable specification. They last as long as the process. */
export function memoryTimeMarks(): TimeMarks {
  const rows = new Map<number, { token: bigint; markMs: number | undefined }>();
  return {
    async open({ slot, token }) {
      const row = rows.get(slot);
      if (row !== undefined && row.token > token) return "fenced";
      rows.set(slot, { token, markMs: row?.markMs });
      return { markMs: row?.markMs };
    },
    async write({ slot, token }, markMs) {
      const row = rows.get(slot);
      if (row === undefined || row.token !== token) return false;
      row.markMs = markMs;
      return true;
    },
  };
}
