/** For administrators: the key-value store's ring, live, and what can be done with its nodes. */
import "../../app/more-styles.css";
import "./store.css";
import { Alert, Button, Code, Group, SimpleGrid, Skeleton, Text } from "@mantine/core";
import { IconAlertTriangle, IconDatabaseOff, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import type { KeyValueStatus, Ring } from "@tenfold/key-value/contract";
import { useState } from "react";
import { call } from "../../app/api.ts";
import { Confirm } from "../../app/confirm.tsx";
import { Nothing } from "../../app/nothing.tsx";
import { Page } from "../../app/page.tsx";
import { ProblemNotice } from "../../app/problem-notice.tsx";
import { Section } from "../../app/section.tsx";
import { MembersList } from "./members-list.tsx";
import { memberColours } from "./ring-arcs.ts";
import { StoreFacts } from "./store-facts.tsx";
import { storeChanged, storeQuery } from "./store-query.ts";
import { StoreKeys } from "./store-keys.tsx";
import { StoreRing } from "./store-ring.tsx";

/** The page at `/store`. */
export function StorePage() {
  const { data, error, refetch } = useQuery(storeQuery);
  return (
    <Page title="Key-value store" description={data === undefined ? undefined : describe(data)}>
      <ProblemNotice error={error} onRetry={() => void refetch()} />
      {data === undefined ? (
        error === null ? (
          <Skeleton height={420} />
        ) : null
      ) : data.where === "none" ? (
        <Nothing
          Icon={IconDatabaseOff}
          title="No key-value store is set up"
          text="This platform's data is elsewhere. Start a cluster with ./tenfold kv node, and name it in TENFOLD_KV_URL."
        />
      ) : data.ring === null ? (
        <Alert color="red" icon={<IconAlertTriangle />} title="No node answers">
          {data.problem}
        </Alert>
      ) : (
        <Store status={data} ring={data.ring} />
      )}
    </Page>
  );
}

function describe({ where, address }: KeyValueStatus) {
  if (where === "none") return undefined;
  const [host, port] = (address ?? "").split(":");
  const flags = host === "127.0.0.1" ? `-p ${port}` : `-h ${host} -p ${port}`;
  return (
    <>
      {where === "local" ? "Nodes in this process. " : "A cluster elsewhere. "}
      Any Redis client works: <Code>redis-cli {flags}</Code>
    </>
  );
}

/** Prefixes with another number of copies are named. */
function describeTable({ partitions, copies, prefixes }: Ring["table"]): string {
  const others = prefixes.map((each) => `of keys in “${each.prefix}” on ${each.copies}`);
  const where = [`each on ${copies} nodes where there are as many`, ...others];
  return `${partitions} partitions, ${where.join(", ")}.`;
}

function Store({ status, ring }: { status: KeyValueStatus; ring: Ring }) {
  const [highlighted, setHighlighted] = useState<string>();
  const [leaving, setLeaving] = useState<{ name: string; how: "drain" | "remove" }>();
  const add = useMutation({
    mutationFn: () => call("POST /v1/key-value/nodes"),
    onSettled: storeChanged,
  });
  const repair = useMutation({
    mutationFn: () => call("POST /v1/key-value/repair"),
    onSettled: storeChanged,
  });
  const colours = memberColours(ring.members);
  const isLocal = status.where === "local";
  return (
    <>
      {ring.reason === null ? null : (
        <Alert color="red" icon={<IconAlertTriangle />} title={`${ring.seenBy} takes no writes`}>
          {ring.reason}
        </Alert>
      )}
      <ProblemNotice error={add.error ?? repair.error} />
      <Section
        title="The ring"
        description={describeTable(ring.table)}
        actions={
          <Group gap="xs">
            <Button
              size="xs"
              variant="default"
              loading={repair.isPending}
              onClick={() => repair.mutate()}
            >
              Repair now
            </Button>
            {isLocal ? (
              <Button
                size="xs"
                leftSection={<IconPlus size={14} />}
                loading={add.isPending}
                disabled={ring.members.length >= status.nodesMax}
                onClick={() => add.mutate()}
              >
                Add a node
              </Button>
            ) : null}
          </Group>
        }
      >
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
          <div>
            <StoreRing ring={ring} colours={colours} highlighted={highlighted} />
            <Text size="xs" c="dimmed" ta="center" mt="xs">
              A band for each copy, the first owner outermost. Pale parts are of nodes that do not
              answer.
            </Text>
          </div>
          <MembersList
            ring={ring}
            colours={colours}
            onDrain={(name) => setLeaving({ name, how: "drain" })}
            onRemove={(name) => setLeaving({ name, how: "remove" })}
            onHighlight={setHighlighted}
          />
        </SimpleGrid>
      </Section>
      <StoreKeys ring={ring} />
      <StoreFacts ring={ring} />
      <Leave leaving={leaving} onClose={() => setLeaving(undefined)} />
    </>
  );
}

interface LeaveProps {
  leaving: { name: string; how: "drain" | "remove" } | undefined;
  onClose: () => void;
}

/** Asks before a node goes. */
function Leave({ leaving, onClose }: LeaveProps) {
  const leave = useMutation({
    mutationFn: async ({ name, how }: { name: string; how: "drain" | "remove" }) => {
      const params = { name };
      if (how === "drain") await call("POST /v1/key-value/nodes/{name}/drain", { params });
      else await call("DELETE /v1/key-value/nodes/{name}", { params });
    },
    onSuccess: onClose,
    onSettled: storeChanged,
  });
  const isDrain = leaving?.how === "drain";
  const name = leaving?.name ?? "";
  return (
    <Confirm
      opened={leaving !== undefined}
      title={isDrain ? `Drain ${name}?` : `Remove ${name}?`}
      action={isDrain ? "Drain" : "Remove"}
      busy={leave.isPending}
      error={leave.error}
      onConfirm={() => {
        if (leaving !== undefined) leave.mutate(leaving);
      }}
      onClose={() => {
        leave.reset();
        onClose();
      }}
    >
      {isDrain
        ? "It hands all it holds to the others, then stops. Reads and writes go on meanwhile."
        : "It stops at once and its data is deleted. The others fill in from their copies; what only it held is lost."}
    </Confirm>
  );
}
