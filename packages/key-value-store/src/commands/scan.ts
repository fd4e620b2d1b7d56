/** What SCAN, HSCAN, SSCAN and ZSCAN have in common. */
import type { Page, ScanOptions } from "../keyspace.ts";
import type { Reply } from "../resp/reply.ts";
import type { Arguments } from "./arguments.ts";
import { refuse, SYNTAX } from "./refusal.ts";

/** A cursor, which is the client's to keep and not to understand. */
export function takeCursor(args: Arguments): bigint {
  const text = args.text();
  const cursor = /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
  return cursor !== undefined && cursor < 2n ** 64n ? cursor : refuse("invalid cursor");
}

/** MATCH and COUNT, and TYPE where keys are scanned. */
export function takeScanOptions(
  args: Arguments,
  { types = false } = {},
): ScanOptions & { type?: string } {
  const options: ScanOptions & { type?: string } = {};
  while (args.left > 0) {
    const option = args.option();
    if (args.left === 0) refuse(SYNTAX);
    if (option === "MATCH") options.match = args.bytes();
    else if (option === "TYPE" && types) options.type = args.text();
    else if (option === "COUNT") {
      options.count = args.count();
      if (options.count < 1) refuse(SYNTAX);
    } else refuse(SYNTAX);
  }
  return options;
}

/** A page as Redis writes it: the cursor as text, then the items, each as a few replies. */
export function scanReply<Item>(page: Page<Item>, shown: (item: Item) => readonly Reply[]): Reply {
  return [String(page.cursor), page.items.flatMap(shown)];
}
