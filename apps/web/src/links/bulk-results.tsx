/** How each of many went. */
import { Anchor, Badge, Button, Group, ScrollArea, Stack, Table, Text } from "@mantine/core";
import { CopyLabelled } from "../app/copy.tsx";
import { showNumber } from "../app/format.ts";
import type { BulkResult } from "./bulk-result.ts";
import { shown } from "./short-url.ts";

export interface BulkResultsProps {
  result: BulkResult;
  /** What was sent, in the same order, when the browser knows. */
  inputs?: readonly string[];
  onAgain: () => void;
}

/** More rows than this would make the page slow; failures come first, so they are among them. */
const ROWS_MAX = 500;

const colours = { created: "teal", reused: "blue", failed: "red" } as const;

/** Totals, then a row for each, failures first. */
export function BulkResults({ result, inputs, onAgain }: BulkResultsProps) {
  const rows = result.items
    .map((item, at) => ({ item, at }))
    .sort((one, other) => rank(one.item.status) - rank(other.item.status));
  const shortUrls = result.items.flatMap(({ shortUrl }) => shortUrl ?? []);
  return (
    <Stack>
      <Group gap="xs" aria-live="polite">
        <Badge color="teal" variant="light" tt="none" size="lg">
          {showNumber(result.created)} created
        </Badge>
        <Badge color="blue" variant="light" tt="none" size="lg">
          {showNumber(result.reused)} there already
        </Badge>
        <Badge color={result.failed > 0 ? "red" : "gray"} variant="light" tt="none" size="lg">
          {showNumber(result.failed)} failed
        </Badge>
      </Group>
      <ScrollArea.Autosize mah={360}>
        <Table verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={48}>#</Table.Th>
              <Table.Th>Result</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.slice(0, ROWS_MAX).map(({ item, at }) => (
              <Table.Tr key={at}>
                <Table.Td className="numbers">{at + 1}</Table.Td>
                <Table.Td>
                  <Outcome item={item} input={inputs?.[at]} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
      {rows.length > ROWS_MAX ? (
        <Text size="xs" c="dimmed">
          The first {ROWS_MAX} of {showNumber(rows.length)} rows.
        </Text>
      ) : null}
      <Group justify="flex-end">
        <Button variant="default" onClick={onAgain}>
          Once more
        </Button>
        {shortUrls.length === 0 ? null : (
          <CopyLabelled value={shortUrls.join("\n")} label="Copy all short URLs" />
        )}
      </Group>
    </Stack>
  );
}

function rank(status: BulkResult["items"][number]["status"]): number {
  return status === "failed" ? 0 : 1;
}

function Outcome({
  item,
  input,
}: {
  item: BulkResult["items"][number];
  input: string | undefined;
}) {
  const { status, shortUrl, error } = item;
  return (
    <>
      <Group gap="xs">
        <Badge size="sm" variant="light" tt="none" color={colours[status]}>
          {status}
        </Badge>
        {shortUrl === undefined ? null : (
          <Anchor href={shortUrl} target="_blank" rel="noreferrer" size="sm">
            {shown(shortUrl)}
          </Anchor>
        )}
        {error === undefined ? null : <Text size="sm">{error.detail}</Text>}
      </Group>
      {input === undefined ? null : (
        <Text size="xs" c="dimmed" lineClamp={1}>
          {input}
        </Text>
      )}
    </>
  );
}
