/** The ring: who owns which arc, where the virtual nodes stand, and keys to follow. */
import { colourMap } from "./colours.ts";
import { followKeys, type Cluster, type SampleKey } from "./cluster.ts";
import { Drawing } from "./drawing.tsx";

const SIZE = 400;
const CENTRE = SIZE / 2;
const RADIUS = 160;
const BAND = 26;
/** Up to here each virtual node has a mark, beyond it the arcs say it all. */
const MARKS_MAX = 240;
/** Up to here each has its name, as s0_2. */
const NAMES_MAX = 24;
const KEYS = 60;
/** Keys stand on so many circles, so that neighbours do not hide each other. */
const TRACKS = 4;

const place = (at: number, radius: number): [x: number, y: number] => {
  const angle = at * 2 * Math.PI - Math.PI / 2;
  return [CENTRE + radius * Math.cos(angle), CENTRE + radius * Math.sin(angle)];
};
const show = (value: number): string => value.toFixed(2);

/** Clockwise from the top: hash 0 to 2^32. */
export function RingDrawing({ cluster, looked }: { cluster: Cluster; looked: number }) {
  const colours = colourMap(cluster.members, cluster.before?.members);
  const ranges = cluster.ring.ranges().map(({ from, to, member }) => ({
    from: from / 2 ** 32,
    to: to / 2 ** 32,
    member,
  }));
  const keys = followKeys(cluster, "ring", KEYS);
  const moved = keys.filter(({ owner, formerOwner }) => isMoved(owner, formerOwner)).length;
  const [lookX, lookY] = place(looked, RADIUS - BAND / 2 - 6);
  const [lookOutX, lookOutY] = place(looked, RADIUS + BAND / 2 + 8);
  return (
    <Drawing
      viewBox={`0 0 ${SIZE} ${SIZE}`}
      className="hashing-drawing"
      label={`A ring of ${ranges.length} arcs for ${cluster.members.length} members; of ${KEYS} keys drawn ${moved} moved`}
    >
      <circle cx={CENTRE} cy={CENTRE} r={RADIUS} className="hashing-track" strokeWidth={BAND} />
      {ranges.map(({ from, to, member }) => (
        <path
          key={from}
          d={arc(from, to)}
          stroke={colours.get(member)}
          strokeWidth={BAND}
          fill="none"
        />
      ))}
      <Marks cluster={cluster} ranges={ranges} />
      <line x1={CENTRE} x2={CENTRE} y1={10} y2={26} className="hashing-zero" />
      {keys.map((key, index) => (
        <KeyDot key={key.key} sample={key} track={index % TRACKS} colours={colours} />
      ))}
      <line x1={lookX} y1={lookY} x2={lookOutX} y2={lookOutY} className="hashing-look" />
    </Drawing>
  );
}

function isMoved(owner: string, formerOwner: string | undefined): boolean {
  return formerOwner !== undefined && formerOwner !== owner;
}

function arc(from: number, to: number): string {
  // A whole circle has no arc of its own: two halves.
  if (to - from > 0.999999) return `${arc(0, 0.5)} ${arc(0.5, 0.999)}`;
  const [startX, startY] = place(from, RADIUS);
  const [endX, endY] = place(to, RADIUS);
  const large = to - from > 0.5 ? 1 : 0;
  return `M${show(startX)} ${show(startY)}A${RADIUS} ${RADIUS} 0 ${large} 1 ${show(endX)} ${show(endY)}`;
}

interface MarksProps {
  cluster: Cluster;
  ranges: readonly { to: number; member: string }[];
}

/** A virtual node stands where its arc ends. */
function Marks({ cluster, ranges }: MarksProps) {
  const ends = ranges.filter(({ to }) => to < 1);
  if (ends.length > MARKS_MAX) return null;
  const isNamed = cluster.virtualNodes * cluster.members.length <= NAMES_MAX;
  return ends.map(({ to, member }) => {
    const [x1, y1] = place(to, RADIUS - BAND / 2 - 3);
    const [x2, y2] = place(to, RADIUS + BAND / 2 + 3);
    const [nameX, nameY] = place(to, RADIUS + BAND / 2 + 16);
    return (
      <g key={to}>
        <line x1={x1} y1={y1} x2={x2} y2={y2} className="hashing-mark" />
        {isNamed ? (
          <text x={nameX} y={nameY} className="hashing-name">
            {member}
          </text>
        ) : null}
      </g>
    );
  });
}

interface KeyDotProps {
  sample: SampleKey;
  track: number;
  colours: ReadonlyMap<string, string>;
}

/** A moved key keeps a rim in the colour of whose it was. */
function KeyDot({ sample, track, colours }: KeyDotProps) {
  const { key, at, owner, formerOwner } = sample;
  const [x, y] = place(at, RADIUS - BAND / 2 - 18 - track * 14);
  const moved = isMoved(owner, formerOwner);
  return (
    <circle
      cx={x}
      cy={y}
      r={moved ? 6 : 3.5}
      fill={colours.get(owner)}
      stroke={moved ? colours.get(formerOwner ?? "") : "none"}
      strokeWidth={3}
    >
      <title>{moved ? `${key}: ${formerOwner} → ${owner}` : `${key}: ${owner}`}</title>
    </circle>
  );
}
