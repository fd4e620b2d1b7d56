/** Four numbers above the chart. */
import { SimpleGrid } from "@mantine/core";
import type { ClickSeries } from "@tenfold/url-shortener/contract";
import { Figure } from "../app/figure.tsx";
import { showNumber } from "../app/format.ts";

/** Totals of the range. */
export function ClickTotals({ totals }: { totals: ClickSeries["totals"] }) {
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }}>
      <Figure label="Clicks" value={showNumber(totals.total)} />
      <Figure label="By people" value={showNumber(totals.human)} />
      <Figure label="By bots" value={showNumber(totals.bot)} />
      <Figure
        label="Unique visitors"
        value={showNumber(totals.unique)}
        hint="People, counted once a day each"
      />
    </SimpleGrid>
  );
}
