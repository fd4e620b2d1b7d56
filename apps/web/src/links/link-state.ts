/** How a link fares, in a word. */
import type { Link } from "@tenfold/url-shortener/contract";

export type LinkState = "active" | "banned" | "expired" | "scheduled" | "used up";

/** The first thing that keeps a link from working at this moment; `active` when nothing does. */
export function stateOf(link: Link, nowMs: number): LinkState {
  if (link.state === "banned") return "banned";
  if (link.validUntil !== null && Date.parse(link.validUntil) <= nowMs) return "expired";
  if (link.maxVisits !== null && link.visits >= link.maxVisits) return "used up";
  if (link.validFrom !== null && Date.parse(link.validFrom) > nowMs) return "scheduled";
  return "active";
}
