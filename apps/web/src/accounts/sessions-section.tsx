/** Where one is signed in. */
import { Badge, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery } from "@tanstack/react-query";
import type { Session } from "@tenfold/accounts/contract";
import { call } from "../app/api.ts";
import { showAgo, showDate } from "../app/format.ts";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { problemLine } from "../app/problems.ts";
import { queryClient } from "../app/query-client.ts";
import { Section } from "../app/section.tsx";
import { useSignOut } from "../app/session.ts";
import { sessionsQuery } from "./queries.ts";
import { describeAgent } from "./user-agent.ts";

const refresh = (): void => void queryClient.invalidateQueries(sessionsQuery);
const tell = (error: unknown): void => {
  notifications.show({ color: "red", message: problemLine(error) });
};

/** The present session first, each with a way out. */
export function SessionsSection() {
  const sessions = useQuery(sessionsQuery);
  const endOthers = useMutation({
    mutationFn: () => call("DELETE /v1/sessions"),
    onSuccess: ({ body }) => {
      refresh();
      notifications.show({ message: `Signed out ${body.revoked} other session(s).` });
    },
    onError: tell,
  });
  const items = (sessions.data ?? []).toSorted(
    (one, other) => Number(other.current) - Number(one.current),
  );
  return (
    <Section
      title="Sessions"
      description="Browsers and programs that are signed in as you."
      actions={
        items.length > 1 ? (
          <Button
            size="xs"
            variant="default"
            loading={endOthers.isPending}
            onClick={() => endOthers.mutate()}
          >
            Sign out everywhere else
          </Button>
        ) : null
      }
    >
      <ProblemNotice error={sessions.error} onRetry={() => void sessions.refetch()} />
      {sessions.isPending ? <Skeleton height={60} /> : null}
      <ul className="plain-list">
        {items.map((session) => (
          <SessionRow key={session.id} session={session} />
        ))}
      </ul>
    </Section>
  );
}

function SessionRow({ session }: { session: Session }) {
  const signOut = useSignOut();
  const end = useMutation({
    mutationFn: () => call("DELETE /v1/sessions/{id}", { params: { id: session.id } }),
    onSuccess: refresh,
    onError: tell,
  });
  return (
    <li className="link-row">
      <Group wrap="nowrap" justify="space-between">
        <Stack gap={2} className="grows">
          <Group gap="xs">
            <Text size="sm" fw={500} truncate title={session.userAgent ?? ""}>
              {describeAgent(session.userAgent)}
            </Text>
            {session.current ? (
              <Badge size="sm" variant="light" color="teal" tt="none">
                this one
              </Badge>
            ) : null}
          </Group>
          <Text size="xs" c="dimmed">
            {session.network === null ? "" : `${session.network} · `}
            last seen {showAgo(session.lastSeenAt)} · until {showDate(session.expiresAt)}
          </Text>
        </Stack>
        <Button
          size="xs"
          variant="subtle"
          color="gray"
          loading={end.isPending || signOut.isPending}
          onClick={() => (session.current ? signOut.mutate() : end.mutate())}
        >
          Sign out
        </Button>
      </Group>
    </li>
  );
}
