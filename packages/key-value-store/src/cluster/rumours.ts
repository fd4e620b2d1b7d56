/**
 * Rumours: what nodes tell each other about who lives, carried along by pings.
 *
 *     up 7 ──▶ suspect 7 ──▶ down 7        the same life: worse news wins
 *       ▲          │
 *       └── up 8 ◀─┘                       a later life, or a denial: it wins over all
 *
 * A member alone raises its incarnation: at its start, and to deny that it is
 * suspected. Each rumour is passed on a bounded number of times, λ·log₂(n+1), after
 * which everyone has it with high probability (Das, Gupta, Motivala: SWIM, DSN 2002).
 */

export const lifeStates = ["up", "suspect", "down"] as const;
export type LifeState = (typeof lifeStates)[number];

export interface Rumour {
  readonly name: string;
  /** Hybrid stamps, so that a restarted member is above its earlier lives without a disk. */
  readonly incarnation: number;
  readonly state: LifeState;
}

/** Whether a rumour says more than what is believed. */
export function isNews(rumour: Rumour, believed: Omit<Rumour, "name">): boolean {
  if (rumour.incarnation !== believed.incarnation) {
    return rumour.incarnation > believed.incarnation;
  }
  return lifeStates.indexOf(rumour.state) > lifeStates.indexOf(believed.state);
}

export interface RumourQueue {
  /** The newest rumour of a member takes the place of an older one. */
  spread(rumour: Rumour, times: number): void;
  /** Up to `limit` rumours, those told least often first; each is told once more by this. */
  take(limit: number): Rumour[];
}

export function createRumourQueue(): RumourQueue {
  const waiting = new Map<string, { rumour: Rumour; left: number }>();
  return {
    spread(rumour, times) {
      waiting.set(rumour.name, { rumour, left: times });
    },
    take(limit) {
      const told = [...waiting.values()]
        .sort((one, other) => other.left - one.left)
        .slice(0, limit);
      for (const entry of told) {
        entry.left -= 1;
        if (entry.left <= 0) waiting.delete(entry.rumour.name);
      }
      return told.map(({ rumour }) => rumour);
    },
  };
}
