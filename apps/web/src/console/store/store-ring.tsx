/** The ring: a band per copy, coloured by who holds it; who does not answer is pale. */
import type { Ring } from "@tenfold/key-value/contract";
import { Drawing } from "../hashing/drawing.tsx";
import { ringBands, type Arc } from "./ring-arcs.ts";

const SIZE = 400;
const CENTRE = SIZE / 2;
const OUTER = 180;
const BAND = 26;
const GAP = 4;

export interface StoreRingProps {
  ring: Ring;
  colours: ReadonlyMap<string, string>;
  /** Whose parts stand out; all when absent. */
  highlighted: string | undefined;
}

/** Clockwise from the top: partition 0 to the last. */
export function StoreRing({ ring, colours, highlighted }: StoreRingProps) {
  const bands = ringBands(ring);
  const states = new Map(ring.members.map(({ name, state }) => [name, state]));
  const isAway = (name: string): boolean =>
    ["suspect", "down"].includes(states.get(name) ?? "down");
  const away = ring.members.filter(({ name }) => isAway(name)).length;
  const awayWords = away === 0 ? "all answer" : `${away} do not answer`;
  return (
    <Drawing
      viewBox={`0 0 ${SIZE} ${SIZE}`}
      className="store-ring"
      label={`A ring of ${ring.table.partitions} partitions on ${ring.members.length} nodes, ${bands.length} copies; ${awayWords}`}
    >
      {bands.map((arcs, copy) => {
        const radius = OUTER - BAND / 2 - copy * (BAND + GAP);
        return arcs.map((arc) => (
          <path
            key={`${copy}.${arc.from}`}
            d={pathOf(arc, radius)}
            stroke={colours.get(arc.owner) ?? "currentColor"}
            strokeWidth={BAND}
            fill="none"
            opacity={
              highlighted !== undefined && highlighted !== arc.owner
                ? 0.15
                : isAway(arc.owner)
                  ? 0.3
                  : 1
            }
          >
            <title>{`${arc.owner}, copy ${copy + 1}`}</title>
          </path>
        ));
      })}
      <text x={CENTRE} y={CENTRE - 8} className="store-ring-large">
        {ring.members.length}
      </text>
      <text x={CENTRE} y={CENTRE + 18} className="store-ring-small">
        {ring.members.length === 1 ? "node" : "nodes"}, table {ring.table.version}
      </text>
    </Drawing>
  );
}

const place = (at: number, radius: number): string => {
  const angle = at * 2 * Math.PI - Math.PI / 2;
  return `${(CENTRE + radius * Math.cos(angle)).toFixed(2)} ${(CENTRE + radius * Math.sin(angle)).toFixed(2)}`;
};

function pathOf({ from, to }: Pick<Arc, "from" | "to">, radius: number): string {
  // A whole circle has no arc of its own: two halves.
  if (to - from > 0.999) {
    return `${pathOf({ from: 0, to: 0.5 }, radius)}${pathOf({ from: 0.5, to: 0.9999 }, radius)}`;
  }
  const large = to - from > 0.5 ? 1 : 0;
  return `M${place(from, radius)}A${radius} ${radius} 0 ${large} 1 ${place(to, radius)}`;
}
