/** The spread of the loads against the number of virtual nodes: why a member stands at many places. */
import { Text } from "@mantine/core";
import { useMemo } from "react";
import { Drawing } from "./drawing.tsx";
import { measureSpread, SPREAD_MEMBERS } from "./spread.ts";

const WIDTH = 900;
const HEIGHT = 300;
const LEFT = 86;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 44;
const MOST = 1_000;
const LOWEST = 0.002;

/** Both axes are logarithmic: 1/√v is a straight line. */
const x = (virtualNodes: number): number =>
  LEFT + (Math.log(virtualNodes) / Math.log(MOST)) * (WIDTH - LEFT - RIGHT);
const y = (deviation: number): number =>
  TOP + (Math.log(deviation / 1.2) / Math.log(LOWEST / 1.2)) * (HEIGHT - TOP - BOTTOM);

const percent = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });

/** Measured dots, the theory's line, and where the page's ring is now. */
export function SpreadChart({ virtualNodes }: { virtualNodes: number }) {
  const { points, table } = useMemo(() => measureSpread(), []);
  const at160 = points.find((point) => point.virtualNodes === 160)?.deviation ?? 0;
  return (
    <figure className="chart">
      <Drawing
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        className="hashing-chart"
        label={`With one virtual node loads spread by ${percent.format(points[0]?.deviation ?? 0)}, with 160 by ${percent.format(at160)}; the partition table by ${percent.format(table)}`}
      >
        {[1, 0.3, 0.1, 0.03, 0.01].map((deviation) => (
          <g key={deviation}>
            <line
              x1={LEFT}
              x2={WIDTH - RIGHT}
              y1={y(deviation)}
              y2={y(deviation)}
              className="hashing-grid"
            />
            <text x={LEFT - 8} y={y(deviation)} className="hashing-tick" textAnchor="end">
              {percent.format(deviation)}
            </text>
          </g>
        ))}
        {[1, 3, 10, 40, 160, 640].map((count) => (
          <text
            key={count}
            x={x(count)}
            y={HEIGHT - 18}
            className="hashing-tick"
            textAnchor="middle"
          >
            {count}
          </text>
        ))}
        <line
          x1={x(virtualNodes)}
          x2={x(virtualNodes)}
          y1={TOP}
          y2={HEIGHT - BOTTOM}
          className="hashing-here"
        />
        <line
          x1={x(1)}
          y1={y(1)}
          x2={x(MOST)}
          y2={y(1 / Math.sqrt(MOST))}
          className="hashing-theory"
        />
        <line
          x1={LEFT}
          x2={WIDTH - RIGHT}
          y1={y(table)}
          y2={y(table)}
          className="hashing-table-line"
        />
        <text x={WIDTH - RIGHT} y={y(table) - 16} className="hashing-tick" textAnchor="end">
          partition table
        </text>
        {points.map((point) => (
          <circle
            key={point.virtualNodes}
            cx={x(point.virtualNodes)}
            cy={y(point.deviation)}
            r={5}
            className="hashing-point"
          >
            <title>{`${point.virtualNodes}: ${percent.format(point.deviation)}`}</title>
          </circle>
        ))}
      </Drawing>
      <Text component="figcaption" size="xs" c="dimmed">
        Standard deviation of the loads of {SPREAD_MEMBERS} members, by virtual nodes each. Dots are
        measured in this browser just now; the line is 1/√v.
      </Text>
    </figure>
  );
}
