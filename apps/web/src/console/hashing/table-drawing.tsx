/** The partition table: 16,384 squares, each in the colour of its primary. */
import { useMemo } from "react";
import { colourMap } from "./colours.ts";
import type { Cluster } from "./cluster.ts";
import { Drawing } from "./drawing.tsx";

const SIDE = 128;

/** Row by row from the top left: partition 0 to 16,383. */
export function TableDrawing({ cluster, looked }: { cluster: Cluster; looked: number }) {
  const { table, before, members } = cluster;
  const { paths, moved, movedPath } = useMemo(() => {
    const owners = Array.from({ length: table.partitions }, (_, n) => table.owners(n)[0] ?? "");
    const former = before === undefined ? owners : owners.map((_, n) => before.table.owners(n)[0]);
    const isMoved = owners.map((owner, n) => owner !== former[n]);
    return {
      paths: members.map(({ id }) => ({ id, d: squares((n) => owners[n] === id) })),
      moved: isMoved.filter(Boolean).length,
      movedPath: squares((n) => isMoved[n] === true),
    };
  }, [table, before, members]);
  const colours = colourMap(members);
  return (
    <Drawing
      viewBox={`-2 -2 ${SIDE + 4} ${SIDE + 4}`}
      className="hashing-drawing"
      label={`A table of ${table.partitions} partitions for ${members.length} members, of which ${moved} moved`}
    >
      <g className={moved > 0 ? "hashing-faded" : undefined}>
        {paths.map(({ id, d }) => (
          <path key={id} d={d} fill={colours.get(id)} />
        ))}
      </g>
      {moved > 0 ? (
        <g>
          {paths.map(({ id, d }) => (
            <path key={id} d={d} fill={colours.get(id)} clipPath="url(#hashing-moved)" />
          ))}
          <clipPath id="hashing-moved">
            <path d={movedPath} />
          </clipPath>
        </g>
      ) : null}
      <rect
        x={(looked % SIDE) - 1}
        y={Math.floor(looked / SIDE) - 1}
        width={3}
        height={3}
        className="hashing-look-square"
      />
    </Drawing>
  );
}

/** One path of all squares that are meant; those side by side in a row are one piece. */
function squares(isMeant: (partition: number) => boolean): string {
  let path = "";
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE;) {
      let end = column;
      while (end < SIDE && isMeant(row * SIDE + end)) end += 1;
      if (end > column) path += `M${column} ${row}h${end - column}v1h${column - end}z`;
      column = Math.max(end, column + 1);
    }
  }
  return path;
}
