/** Deleting a range of the store, a page at a time, so that other writes come between. */
import type { Storage } from "./ports.ts";

const PAGE = 256;

export async function deleteRange(
  storage: Storage,
  { from, to }: { from: Uint8Array; to: Uint8Array },
): Promise<void> {
  for (;;) {
    const page = await storage.range({ from, to, limit: PAGE });
    if (page.length === 0) return;
    await storage.write(
      page.map(([key]) => ({ key, value: undefined })),
      { sync: false },
    );
  }
}
