/** Hosts that no link may lead to. */
import { Button, Group, Paper, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { call } from "../app/api.ts";
import { showDate } from "../app/format.ts";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { namedAlike, problemLine } from "../app/problems.ts";
import { usePlacedProblem } from "../app/use-placed-problem.ts";
import { bannedHostsQuery, moderationChanged } from "./moderation-queries.ts";

/** A form to ban one, and those that are. */
export function BannedHosts() {
  const hosts = useInfiniteQuery(bannedHostsQuery);
  const items = hosts.data?.pages.flatMap((page) => page.items) ?? [];
  const unban = useMutation({
    mutationFn: (host: string) => call("DELETE /v1/banned-hosts/{host}", { params: { host } }),
    onSuccess: moderationChanged,
    onError: (error) => notifications.show({ color: "red", message: problemLine(error) }),
  });
  return (
    <Paper className="surface" p={{ base: "md", sm: "lg" }}>
      <Stack gap="md">
        <BanHostForm />
        <ProblemNotice error={hosts.error} onRetry={() => void hosts.refetch()} />
        {hosts.isPending ? <Skeleton height={60} /> : null}
        {hosts.isSuccess && items.length === 0 ? (
          <Text size="sm" c="dimmed">
            No host is banned.
          </Text>
        ) : null}
        <ul className="plain-list">
          {items.map(({ host, reason, createdAt }) => (
            <li key={host} className="link-row">
              <Group wrap="nowrap" justify="space-between">
                <div className="grows">
                  <Text fw={500} truncate>
                    {host}
                  </Text>
                  <Text size="xs" c="dimmed">
                    {showDate(createdAt)}
                    {reason === null ? "" : ` · ${reason}`}
                  </Text>
                </div>
                <Button
                  size="xs"
                  variant="default"
                  disabled={unban.isPending}
                  onClick={() => unban.mutate(host)}
                >
                  Unban
                </Button>
              </Group>
            </li>
          ))}
        </ul>
        {hosts.hasNextPage ? (
          <Group justify="center">
            <Button
              variant="default"
              loading={hosts.isFetchingNextPage}
              onClick={() => void hosts.fetchNextPage()}
            >
              Show more
            </Button>
          </Group>
        ) : null}
      </Stack>
    </Paper>
  );
}

function BanHostForm() {
  const form = useForm({
    initialValues: { host: "", reason: "" },
    validate: { host: (host) => (host.trim() === "" ? "Which host?" : null) },
  });
  const { unplaced, clear, place } = usePlacedProblem(form, {
    fieldOf: namedAlike("host", "reason"),
    codes: { host_invalid: "host" },
  });
  const ban = useMutation({
    mutationFn: ({ host, reason }: typeof form.values) =>
      call("PUT /v1/banned-hosts/{host}", {
        params: { host: host.trim() },
        body: reason.trim() === "" ? {} : { reason: reason.trim() },
      }),
    onMutate: clear,
    onSuccess: async () => {
      form.reset();
      await moderationChanged();
    },
    onError: place,
  });
  return (
    <form onSubmit={form.onSubmit((values) => ban.mutate(values))}>
      <Stack>
        <Group align="flex-start" gap="sm">
          <TextInput
            className="search-field"
            aria-label="Host"
            placeholder="bad.example, with its subdomains"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={253}
            {...form.getInputProps("host")}
          />
          <TextInput
            className="tag-field"
            aria-label="Reason"
            placeholder="Reason"
            maxLength={500}
            {...form.getInputProps("reason")}
          />
          <Button type="submit" color="red" variant="light" loading={ban.isPending}>
            Ban
          </Button>
        </Group>
        <ProblemNotice error={unplaced} />
      </Stack>
    </form>
  );
}
