import assert from "node:assert/strict";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import { decodeQR } from "qr/decode.js";
import { qrPng, qrSvg } from "./qr.ts";

const url = "https://sho.rt/zn9edcu";

/** Undoes `qrPng`, for a decoder that takes RGBA. */
function pixelsOf(png: Uint8Array): { width: number; height: number; data: Uint8Array } {
  const bytes = Buffer.from(png);
  const width = bytes.readUInt32BE(16);
  const dataLength = bytes.readUInt32BE(33);
  const raw = inflateSync(bytes.subarray(41, 41 + dataLength));
  const rowBytes = 1 + Math.ceil(width / 8);
  const data = new Uint8Array(width * width * 4).fill(255);
  for (let y = 0; y < width; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const white = ((raw[y * rowBytes + 1 + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1;
      if (white === 0) data.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return { width, height: width, data };
}

test("a PNG has the size asked for and reads back as the text", () => {
  for (const sizePx of [64, 100, 320, 333, 2048]) {
    const pixels = pixelsOf(qrPng(url, { sizePx }));
    assert.equal(pixels.width, sizePx);
    assert.equal(decodeQR(pixels), url);
  }
});

test("a PNG too small for its symbol grows to one pixel per module", () => {
  const long = `https://sho.rt/${"x".repeat(200)}`;
  assert.ok(pixelsOf(qrPng(long, { sizePx: 32 })).width > 32);
});

test("an SVG has the size asked for, a white ground and the same dark modules as the PNG", () => {
  const svg = qrSvg(url, { sizePx: 320 });
  assert.match(svg, /^<svg [^>]*width="320" height="320" viewBox="0 0 33 33"/);
  const dark = [...svg.matchAll(/M\d+ \d+h(\d+)v1h-/g)].reduce(
    (sum, [, run]) => sum + Number(run),
    0,
  );
  const { data } = pixelsOf(qrPng(url, { sizePx: 33 }));
  assert.equal(dark, data.filter((value, at) => at % 4 === 0 && value === 0).length);
});
