/** Cells, vectors and payloads travel as the records they are on disk, with their checksums: one format. */
import type { Cell, Dot, Vector } from "../cell.ts";
import type { PlacedCell } from "../node/messages.ts";
import type { Payload } from "../payload.ts";
import { decodeCell, decodeKnowledge, encodeCell, encodeKnowledge } from "../record.ts";
import { bytes, mapped, record, uint, type Codec } from "./codec.ts";

export const cell: Codec<Cell> = mapped(bytes, { to: encodeCell, from: decodeCell });

export const vector: Codec<Vector> = mapped(bytes, {
  to: encodeKnowledge,
  from: decodeKnowledge,
});

/** As a cell of one version. */
export const payload: Codec<Payload> = mapped(cell, {
  to: (value: Payload) => ({
    clock: new Map([[0, 0]]),
    versions: [{ actor: 0, counter: 0, payload: value }],
  }),
  from({ versions: [only] }) {
    if (only === undefined) throw new RangeError("a payload is missing");
    return only.payload;
  },
});

/** Of what is passed on, the record that came goes on: it is not made anew. */
export const placed: Codec<PlacedCell> = {
  write(writer, value) {
    bytes.write(writer, value.place);
    bytes.write(writer, value.record ?? encodeCell(value.cell));
  },
  read(reader) {
    const place = bytes.read(reader);
    const record = bytes.read(reader);
    return { place, cell: decodeCell(record), record };
  },
};
export const dot: Codec<Dot> = record<Dot>({ actor: uint, counter: uint });
