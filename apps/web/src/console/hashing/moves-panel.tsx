/** What the last change moved, by each way of dividing keys. */
import { Text } from "@mantine/core";
import { useMemo } from "react";
import { lastChange, type Cluster } from "./cluster.ts";

const percent = new Intl.NumberFormat(undefined, {
  style: "percent",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** Bars of moved keys; the dark end of one is what moved between members that stayed as they were. */
export function MovesPanel({ cluster }: { cluster: Cluster }) {
  const last = useMemo(() => lastChange(cluster), [cluster]);
  if (last === undefined) {
    return (
      <Text size="sm" c="dimmed">
        Add a member, remove one or change a weight: then it is shown here which keys move.
      </Text>
    );
  }
  const widest = Math.max(...last.rows.map(({ moved }) => moved), last.minimum);
  return (
    <div>
      <Text size="sm" mb="sm" aria-live="polite">
        <strong>{cluster.change}.</strong> At least {percent.format(last.minimum)} of the keys had
        to move.
      </Text>
      <ul className="plain-list hashing-moves">
        {last.rows.map(({ name, moved, betweenSurvivors }) => (
          <li key={name} className="hashing-move">
            <Text size="sm">{name}</Text>
            <div className="hashing-bar">
              <div
                className="hashing-bar-fill hashing-bar-needed"
                style={{ width: `${(moved / widest) * 100}%` }}
              />
              <div
                className="hashing-bar-fill hashing-bar-needless"
                style={{ width: `${(betweenSurvivors / widest) * 100}%` }}
              />
              <div
                className="hashing-bar-expected"
                style={{ insetInlineStart: `${(last.minimum / widest) * 100}%` }}
              />
            </div>
            <Text size="sm" className="numbers hashing-share">
              {percent.format(moved)}
            </Text>
          </li>
        ))}
      </ul>
      <Text size="xs" c="dimmed" mt="sm">
        The line is the minimum.{" "}
        <span className="hashing-needless-word">Red: moved between members that stayed</span>, for
        nothing.
      </Text>
    </div>
  );
}
