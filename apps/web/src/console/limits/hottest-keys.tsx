/** Who asks a rule most, of late; each can be given a fresh start. */
import { Button, ScrollArea, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import type { LimitRule } from "@tenfold/rate-limits/contract";
import { call } from "../../app/api.ts";
import { showNumber } from "../../app/format.ts";
import { problemLine } from "../../app/problems.ts";
import { limitsChanged } from "./limits-query.ts";

/** A small table; nothing where nobody has asked. */
export function HottestKeys({ rule }: { rule: LimitRule }) {
  const reset = useMutation({
    mutationFn: (key: string) =>
      call("POST /v1/limits/{name}/reset", { params: { name: rule.name }, body: { key } }),
    onSuccess: async (_answer, key) => {
      notifications.show({ message: `${shown(key)} has its whole limit again.` });
      await limitsChanged();
    },
    onError: (error) => notifications.show({ color: "red", message: problemLine(error) }),
  });
  if (rule.hottest.length === 0) return null;
  return (
    <ScrollArea type="auto">
      <Table className="numbers" verticalSpacing={4} horizontalSpacing={6} miw={290}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{rule.per.length === 0 ? "All" : `Hottest ${rule.per.join(", ")}`}</Table.Th>
            <Table.Th ta="end">of late</Table.Th>
            <Table.Th ta="end">refused</Table.Th>
            <Table.Th aria-label="Actions" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rule.hottest.slice(0, 5).map(({ key, count, refused }) => (
            <Table.Tr key={key}>
              <Table.Td>
                <Text size="xs" ff="monospace">
                  {shown(key)}
                </Text>
              </Table.Td>
              <Table.Td ta="end">{showNumber(count)}</Table.Td>
              <Table.Td ta="end">
                <Text span inherit {...(refused > 0 && { c: "red", fw: 600 })}>
                  {showNumber(refused)}
                </Text>
              </Table.Td>
              <Table.Td ta="end">
                <Button
                  size="compact-xs"
                  variant="default"
                  disabled={reset.isPending}
                  onClick={() => reset.mutate(key)}
                  aria-label={`Reset ${shown(key)} of ${rule.name}`}
                >
                  Reset
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

const shown = (key: string): string => (key === "" ? "everybody" : key);
