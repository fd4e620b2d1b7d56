/** The keys that stand out on the node that answers: how many there are, which are hot or large. */
import { SimpleGrid, Text } from "@mantine/core";
import type { Ring } from "@tenfold/key-value/contract";
import { Figure } from "../../app/figure.tsx";
import { showBytes, showDuration, showNumber } from "../../app/format.ts";
import { Section } from "../../app/section.tsx";

/** Live; what is counted is as of the node's last walk through its disk. */
export function StoreKeys({ ring }: { ring: Ring }) {
  const { hottest, counted } = ring.keys;
  return (
    <Section title="Keys" description={describe(ring)}>
      {counted === null ? null : (
        <SimpleGrid cols={{ base: 2, sm: 4 }}>
          <Figure label="Keys" value={showNumber(counted.keys)} />
          <Figure
            label="Cells"
            value={showNumber(counted.cells)}
            hint="A string is one, a collection one for each element and one more"
          />
          <Figure
            label="Tombstones"
            value={showNumber(counted.tombstones)}
            hint="Removals, kept until every owner has them"
          />
          <Figure
            label="With siblings"
            value={showNumber(counted.siblings)}
            hint={
              counted.siblings === 0
                ? "Keys with several concurrent values"
                : `${showNumber(counted.siblingsMax)} concurrent values at most`
            }
          />
        </SimpleGrid>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
        <KeyBars
          title="Asked for most"
          empty="No key stands out."
          rows={hottest.map(({ key, perSecond }) => ({
            key,
            amount: perSecond,
            shown: `${showNumber(perSecond)}/s`,
          }))}
        />
        <KeyBars
          title="Largest"
          empty="Nothing is counted yet."
          rows={(counted?.biggest ?? []).map(({ key, bytes, elements }) => ({
            key,
            amount: bytes,
            shown: `${showBytes(bytes)}${elements === 0 ? "" : ` in ${showNumber(elements)}`}`,
          }))}
        />
      </SimpleGrid>
    </Section>
  );
}

function describe({ seenBy, keys: { counted } }: Ring): string {
  const where = `What ${seenBy} holds and is asked for`;
  if (counted === null) return `${where}. It is going through its disk for the first time.`;
  return `${where}, as it went through its disk ${showDuration(counted.ageMs / 1_000)} ago.`;
}

interface KeyBarsProps {
  title: string;
  empty: string;
  rows: readonly { key: string; amount: number; shown: string }[];
}

/** A bar each, beside the largest of them. */
function KeyBars({ title, empty, rows }: KeyBarsProps) {
  const most = Math.max(1, ...rows.map(({ amount }) => amount));
  return (
    <div>
      <Text fw={600} size="sm" mb="xs">
        {title}
      </Text>
      {rows.length === 0 ? (
        <Text size="sm" c="dimmed">
          {empty}
        </Text>
      ) : (
        <ol className="plain-list" aria-label={title}>
          {rows.map(({ key, amount, shown }) => (
            <li key={key}>
              <div className="store-key">
                <Text size="sm" className="store-key-name" title={key}>
                  {key}
                </Text>
                <Text size="sm" c="dimmed">
                  {shown}
                </Text>
              </div>
              <div className="store-bar">
                <div
                  className="store-bar-fill store-bar-moves"
                  style={{ width: `${(100 * amount) / most}%` }}
                />
              </div>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
