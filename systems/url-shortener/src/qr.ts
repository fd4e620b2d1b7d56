/**
 * QR codes of short URLs. The library finds the dark modules; drawing them is
 * ours, because it has no PNG and its SVG has no size.
 *
 * A quiet zone of four modules is part of the symbol (ISO/IEC 18004): without
 * it, readers fail on dark pages.
 */
import { crc32, deflateSync } from "node:zlib";
import { encodeQR } from "qr";

export interface QrOptions {
  /** Width and height in pixels, quiet zone included. */
  sizePx: number;
}

const quietModules = 4;

/** Rows of modules with their quiet zone; true is dark. */
function modulesOf(text: string): boolean[][] {
  return encodeQR(text, "raw", { ecc: "medium", border: quietModules });
}

/** An SVG that can be scaled; dark on white whatever the page's theme. */
export function qrSvg(text: string, { sizePx }: QrOptions): string {
  const rows = modulesOf(text);
  const side = rows.length;
  // One horizontal bar per run of dark modules.
  const bars = rows.flatMap((row, y) => {
    const found: string[] = [];
    for (let x = 0; x < side; x += 1) {
      if (row[x] !== true) continue;
      const startX = x;
      while (row[x + 1] === true) x += 1;
      found.push(`M${startX} ${y}h${x - startX + 1}v1h-${x - startX + 1}z`);
    }
    return found;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${sizePx}" height="${sizePx}"` +
    ` viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges">` +
    `<path fill="#fff" d="M0 0h${side}v${side}H0z"/><path fill="#000" d="${bars.join("")}"/></svg>`
  );
}

/** Length, type, data, checksum: PNG, section 5.3. */
function pngChunk(type: string, data: Uint8Array): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, "latin1");
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}

/**
 * A PNG of exactly `sizePx`, one bit per pixel. Modules are whole pixels wide,
 * so that edges stay sharp; what is left over widens the quiet zone. Below one
 * pixel per module the image grows to the symbol's size instead.
 */
export function qrPng(text: string, { sizePx }: QrOptions): Uint8Array {
  const rows = modulesOf(text);
  const scale = Math.max(1, Math.floor(sizePx / rows.length));
  const side = Math.max(sizePx, rows.length);
  const margin = Math.floor((side - rows.length * scale) / 2);
  const rowBytes = 1 + Math.ceil(side / 8);
  // A first byte of 0 (no filter), then pixels from the highest bit; 1 is white.
  const pixels = Buffer.alloc(rowBytes * side, 0xff);
  for (let y = 0; y < side; y += 1) {
    pixels[y * rowBytes] = 0;
    const row = rows[Math.floor((y - margin) / scale)] ?? [];
    for (let x = 0; x < side; x += 1) {
      if (row[Math.floor((x - margin) / scale)] !== true) continue;
      const at = y * rowBytes + 1 + (x >> 3);
      pixels[at] = (pixels[at] ?? 0) & ~(0x80 >> (x & 7));
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 1; // bit depth; colour type 0 (grey), and the standard methods, are zeros
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    pngChunk("IHDR", header),
    pngChunk("IDAT", deflateSync(pixels)),
    pngChunk("IEND", new Uint8Array(0)),
  ]);
}
