/** Background work, queue by queue. */
import { Button, ScrollArea, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import type { PlatformStatus } from "tenfold/contract";
import { call } from "../app/api.ts";
import { showNumber } from "../app/format.ts";
import { problemLine } from "../app/problems.ts";
import { queryClient } from "../app/query-client.ts";
import { Section } from "../app/section.tsx";

/** Dead jobs have used up their tries; redriving gives them new ones. */
export function JobsSection({ jobs }: { jobs: PlatformStatus["jobs"] }) {
  const redrive = useMutation({
    mutationFn: (queue: string) =>
      call("POST /v1/platform/jobs/{queue}/redrive", { params: { queue } }),
    onSuccess: ({ body }) => {
      notifications.show({ message: `${showNumber(body.redriven)} jobs are back at work.` });
      void queryClient.invalidateQueries({ queryKey: ["platform-status"] });
    },
    onError: (error) => notifications.show({ color: "red", message: problemLine(error) }),
  });
  return (
    <Section
      title="Jobs"
      description="Dead jobs have used up their tries; put them back to work once the cause is gone."
    >
      {jobs.length === 0 ? (
        <Text size="sm" c="dimmed">
          No queues.
        </Text>
      ) : (
        <ScrollArea type="auto">
          <Table className="numbers" verticalSpacing={6} miw={520}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Queue</Table.Th>
                <Table.Th ta="end">waiting</Table.Th>
                <Table.Th ta="end">active</Table.Th>
                <Table.Th ta="end">delayed</Table.Th>
                <Table.Th ta="end">dead</Table.Th>
                <Table.Th aria-label="Actions" />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {jobs.map((queue) => (
                <Table.Tr key={queue.name}>
                  <Table.Td>
                    <Text size="xs" ff="monospace">
                      {queue.name}
                    </Text>
                  </Table.Td>
                  <Table.Td ta="end">{showNumber(queue.waiting)}</Table.Td>
                  <Table.Td ta="end">{showNumber(queue.active)}</Table.Td>
                  <Table.Td ta="end">{showNumber(queue.delayed)}</Table.Td>
                  <Table.Td ta="end">
                    <Text span inherit {...(queue.dead > 0 && { c: "red", fw: 600 })}>
                      {showNumber(queue.dead)}
                    </Text>
                  </Table.Td>
                  <Table.Td ta="end">
                    <Button
                      size="compact-xs"
                      variant="default"
                      disabled={queue.dead === 0 || redrive.isPending}
                      onClick={() => redrive.mutate(queue.name)}
                      aria-label={`Redrive ${queue.name}`}
                    >
                      Redrive
                    </Button>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea>
      )}
    </Section>
  );
}
