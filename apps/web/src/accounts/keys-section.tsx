/** Keys for programs. */
import { Badge, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import type { ApiKey } from "@tenfold/accounts/contract";
import { call } from "../app/api.ts";
import { Confirm } from "../app/confirm.tsx";
import { showAgo, showDate } from "../app/format.ts";
import { useNow } from "../app/now.ts";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { queryClient } from "../app/query-client.ts";
import { Section } from "../app/section.tsx";
import { NewKeyDialog } from "./new-key-dialog.tsx";
import { keysQuery } from "./queries.ts";

/** The keys one has, with a dialog to make another. */
export function KeysSection() {
  const keys = useQuery(keysQuery);
  const [making, dialog] = useDisclosure(false);
  return (
    <Section
      title="API keys"
      description={
        <>
          For programs: <code>Authorization: Bearer tf_…</code>
        </>
      }
      actions={
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={16} />}
          onClick={dialog.open}
        >
          New key
        </Button>
      }
    >
      <ProblemNotice error={keys.error} onRetry={() => void keys.refetch()} />
      {keys.isPending ? <Skeleton height={60} /> : null}
      {keys.data?.length === 0 ? (
        <Text size="sm" c="dimmed">
          You have none.
        </Text>
      ) : null}
      <ul className="plain-list">
        {keys.data?.map((apiKey) => (
          <KeyRow key={apiKey.id} apiKey={apiKey} />
        ))}
      </ul>
      <NewKeyDialog opened={making} onClose={dialog.close} />
    </Section>
  );
}

function KeyRow({ apiKey }: { apiKey: ApiKey }) {
  const [asking, question] = useDisclosure(false);
  const now = useNow();
  const revoke = useMutation({
    mutationFn: () => call("DELETE /v1/api-keys/{id}", { params: { id: apiKey.id } }),
    onSuccess: () => queryClient.invalidateQueries(keysQuery),
  });
  const expired = apiKey.expiresAt !== null && Date.parse(apiKey.expiresAt) <= now;
  return (
    <li className="link-row">
      <Group wrap="nowrap" justify="space-between">
        <Stack gap={4} className="grows">
          <Group gap="xs">
            <Text size="sm" fw={500}>
              {apiKey.name}
            </Text>
            <Text size="xs" c="dimmed" ff="monospace">
              {apiKey.hint}…
            </Text>
            {expired ? (
              <Badge size="sm" color="gray" variant="light" tt="none">
                expired
              </Badge>
            ) : null}
          </Group>
          <Group gap={6}>
            {apiKey.scopes.map((scope) => (
              <Badge key={scope} size="sm" variant="default" tt="none" fw={500}>
                {scope}
              </Badge>
            ))}
          </Group>
          <Text size="xs" c="dimmed">
            {timesOf(apiKey)}
          </Text>
        </Stack>
        <Button size="xs" variant="subtle" color="red" onClick={question.open}>
          Revoke
        </Button>
      </Group>
      <Confirm
        opened={asking}
        title={`Revoke "${apiKey.name}"?`}
        action="Revoke"
        busy={revoke.isPending}
        error={revoke.error}
        onConfirm={() => revoke.mutate()}
        onClose={question.close}
      >
        Programs that use it are refused from then on.
      </Confirm>
    </li>
  );
}

function timesOf({ createdAt, lastUsedAt, expiresAt }: ApiKey): string {
  const used = lastUsedAt === null ? "never used" : `used ${showAgo(lastUsedAt)}`;
  const end = expiresAt === null ? "does not expire" : `until ${showDate(expiresAt)}`;
  return `Made ${showDate(createdAt)} · ${used} · ${end}`;
}
