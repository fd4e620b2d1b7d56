/** What the node that answers knows: moves, hints, repair, its disk. */
import { SimpleGrid, Stack, Text } from "@mantine/core";
import type { Ring } from "@tenfold/key-value/contract";
import { Figure } from "../../app/figure.tsx";
import { showBytes, showDuration, showNumber } from "../../app/format.ts";
import { Section } from "../../app/section.tsx";

/** Figures, live. */
export function StoreFacts({ ring }: { ring: Ring }) {
  const { moves, hints, repair, storage } = ring;
  const waiting = hints.reduce((sum, { count }) => sum + count, 0);
  const oldestMs = Math.max(0, ...hints.map(({ oldestMs: ms }) => ms ?? 0));
  return (
    <Section
      title="Repair and disk"
      description={`As ${ring.seenBy} counts them, since it started.`}
    >
      {moves.waiting === 0 ? null : (
        <Stack gap={4}>
          <Text size="sm">
            {showNumber(moves.waiting)} partitions are on their way, {showNumber(moves.done)} have
            arrived.
          </Text>
          <div className="store-bar">
            <div
              className="store-bar-fill store-bar-moves"
              style={{ width: `${(100 * moves.done) / (moves.done + moves.waiting)}%` }}
            />
          </div>
        </Stack>
      )}
      <SimpleGrid cols={{ base: 2, sm: 4 }}>
        <Figure
          label="Hints"
          value={showNumber(waiting)}
          hint="Writes kept for nodes that did not answer"
        />
        <Figure label="Oldest hint" value={waiting === 0 ? "–" : showDuration(oldestMs / 1_000)} />
        <Figure
          label="Partitions that differ"
          value={showNumber(repair.divergent)}
          hint="When this node last compared them"
        />
        <Figure
          label="All compared within"
          value={repair.lagMs === null ? "–" : showDuration(repair.lagMs / 1_000)}
        />
        <Figure label="Cells repaired" value={showNumber(repair.cellsRepaired)} />
        <Figure label="Comparisons" value={showNumber(repair.comparisons)} />
        <Figure label="On disk" value={showBytes(storage.bytes)} />
        <Figure label="Memory" value={showBytes(storage.residentBytes)} hint="Of the process" />
      </SimpleGrid>
    </Section>
  );
}
