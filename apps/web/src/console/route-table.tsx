/** Each route that was asked for, busiest first. */
import { ScrollArea, Table, Text } from "@mantine/core";
import { showNumber } from "../app/format.ts";
import type { RouteRate } from "./rates.ts";

/** Scrolls sideways inside itself on a narrow screen. */
export function RouteTable({ rates }: { rates: readonly RouteRate[] }) {
  const used = rates.filter(({ total }) => total > 0);
  if (used.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No request yet.
      </Text>
    );
  }
  return (
    <ScrollArea type="auto">
      <Table className="numbers" verticalSpacing={6} miw={560}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Route</Table.Th>
            <Table.Th ta="end">per second</Table.Th>
            <Table.Th ta="end">mean ms</Table.Th>
            <Table.Th ta="end">total</Table.Th>
            <Table.Th ta="end">refused or failed</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {used.map((rate) => (
            <Table.Tr key={rate.route}>
              <Table.Td>
                <Text size="xs" ff="monospace">
                  {rate.route}
                </Text>
              </Table.Td>
              <Table.Td ta="end">{rate.requestsPerSecond.toFixed(1)}</Table.Td>
              <Table.Td ta="end">
                {rate.meanMs === undefined ? "–" : rate.meanMs.toFixed(1)}
              </Table.Td>
              <Table.Td ta="end">{showNumber(rate.total)}</Table.Td>
              <Table.Td ta="end">{showNumber(rate.failed)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
