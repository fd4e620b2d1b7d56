/** For administrators: consistent hashing to look at and to play with. All of it runs in the browser. */
import "../../app/more-styles.css";
import "./hashing.css";
import { SegmentedControl, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { murmur3, spaceStats } from "@tenfold/consistent-hashing";
import { useMemo, useReducer, useState } from "react";
import { Page } from "../../app/page.tsx";
import { Section } from "../../app/section.tsx";
import { firstCluster, reduceCluster, type Cluster } from "./cluster.ts";
import { MembersPanel } from "./members-panel.tsx";
import { MovesPanel } from "./moves-panel.tsx";
import { RingDrawing } from "./ring-drawing.tsx";
import { SpreadChart } from "./spread-chart.tsx";
import { TableDrawing } from "./table-drawing.tsx";

const virtualNodeChoices = ["1", "3", "10", "40", "160", "640"];

/** The page at `/hashing`. */
export function HashingPage() {
  const [cluster, dispatch] = useReducer(reduceCluster, undefined, firstCluster);
  const [drawn, setDrawn] = useState<"ring" | "table">("ring");
  const [key, setKey] = useState("user:7");
  const stats = useMemo(() => spaceStats(cluster[drawn]), [cluster, drawn]);
  return (
    <Page
      title="Consistent hashing"
      description="Which member has a key, and which keys move when members change."
    >
      <Stack gap="lg">
        <Section
          title={drawn === "ring" ? "The ring" : "The partition table"}
          description={
            drawn === "ring"
              ? "A key belongs to the next virtual node clockwise."
              : "16,384 partitions, planned so that the fewest move."
          }
          actions={
            <SegmentedControl
              aria-label="What to draw"
              value={drawn}
              onChange={(value) => setDrawn(value === "table" ? "table" : "ring")}
              data={[
                { value: "ring", label: "Ring" },
                { value: "table", label: "Partition table" },
              ]}
            />
          }
        >
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
            <div>
              {drawn === "ring" ? (
                <RingDrawing cluster={cluster} looked={murmur3(key) / 2 ** 32} />
              ) : (
                <TableDrawing cluster={cluster} looked={cluster.table.partitionOf(key)} />
              )}
              <Text size="xs" c="dimmed" ta="center" mt="xs">
                {drawn === "ring"
                  ? "Dots are keys. A large one moved; its rim tells whose it was. The bold line is the key looked up."
                  : "Bright squares moved by the last change. The frame is the partition of the key looked up."}
              </Text>
            </div>
            <Stack gap="md">
              {drawn === "ring" ? (
                <div>
                  <Text size="sm" fw={500} mb={4}>
                    Virtual nodes of each member
                  </Text>
                  <SegmentedControl
                    aria-label="Virtual nodes of each member"
                    size="xs"
                    fullWidth
                    value={String(cluster.virtualNodes)}
                    onChange={(value) => dispatch({ kind: "virtualNodes", count: Number(value) })}
                    data={virtualNodeChoices}
                  />
                </div>
              ) : null}
              <MembersPanel cluster={cluster} stats={stats} dispatch={dispatch} />
              <Lookup cluster={cluster} drawn={drawn} value={key} onChange={setKey} />
            </Stack>
          </SimpleGrid>
        </Section>
        <Section
          title="Keys that moved"
          description="By the last change, with each way of dividing keys."
        >
          <MovesPanel cluster={cluster} />
        </Section>
        <Section
          title="Why virtual nodes"
          description="The more places a member has on the ring, the more even the loads."
        >
          <SpreadChart virtualNodes={cluster.virtualNodes} />
        </Section>
      </Stack>
    </Page>
  );
}

interface LookupProps {
  cluster: Cluster;
  drawn: "ring" | "table";
  value: string;
  onChange: (value: string) => void;
}

/** Any key, and where it lies. */
function Lookup({ cluster, drawn, value, onChange }: LookupProps) {
  const [owner, ...others] = cluster[drawn].replicas(value, 3);
  const then = others.length === 0 ? "" : `, then ${others.join(", ")}`;
  const partition = drawn === "table" ? ` Partition ${cluster.table.partitionOf(value)}.` : "";
  return (
    <TextInput
      label="Look up a key"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      description={`${owner}${then}.${partition}`}
      inputWrapperOrder={["label", "input", "description"]}
      maxLength={200}
    />
  );
}
