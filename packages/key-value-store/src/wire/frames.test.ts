import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { encodeFrame, FrameReader, type Frame } from "./frames.ts";

const copy = ({ kind, body }: Frame): Frame => ({ kind, body: Buffer.from(body) });

test("frames come out as they went in, wherever the stream is cut", () => {
  const frame = fc
    .tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 300 }))
    .map(([kind, bytes]) => ({ kind, body: Buffer.from(bytes) }));
  fc.assert(
    fc.property(fc.array(frame), fc.array(fc.integer({ min: 1, max: 50 })), (frames, cuts) => {
      const stream = Buffer.concat(frames.map(({ kind, body }) => encodeFrame(kind, body)));
      const reader = new FrameReader(300);
      const found: Frame[] = [];
      let at = 0;
      for (const cut of [...cuts, stream.length]) {
        for (const each of reader.push(stream.subarray(at, at + cut))) found.push(copy(each));
        at += cut;
      }
      assert.deepEqual(found, frames);
    }),
  );
});

test("a damaged frame is never taken for another one", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 100 }),
      fc.nat(),
      fc.integer({ min: 0, max: 7 }),
      (body, where, bit) => {
        const frame = encodeFrame(4, body);
        const at = where % frame.length;
        frame[at] = (frame[at] ?? 0) ^ (1 << bit);
        const reader = new FrameReader(1_000);
        try {
          assert.deepEqual([...reader.push(frame)], []);
        } catch (error) {
          assert.ok(error instanceof RangeError);
        }
      },
    ),
  );
});

test("a frame that is too long is refused at its first bytes", () => {
  const reader = new FrameReader(10);
  assert.throws(
    () => [...reader.push(encodeFrame(1, Buffer.alloc(11)).subarray(0, 4))],
    RangeError,
  );
});
