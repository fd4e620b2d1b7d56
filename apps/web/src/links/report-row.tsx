/** One report, with what can be done about it. */
import { Anchor, Badge, Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconBan, IconWorldX } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link as RouteLink } from "@tanstack/react-router";
import type { Report } from "@tenfold/url-shortener/contract";
import { showAgo } from "../app/format.ts";
import { problemLine } from "../app/problems.ts";
import { actions, moderationChanged } from "./moderation-queries.ts";
import { hostOf, shown } from "./short-url.ts";

/** The target is text, not a link: one should not land there by a slip. */
export function ReportRow({ report }: { report: Report }) {
  const host = hostOf(report.url);
  const act = useMutation({
    mutationFn: (action: () => Promise<void>) => action(),
    onSuccess: moderationChanged,
    onError: (error) => notifications.show({ color: "red", message: problemLine(error) }),
  });
  return (
    <li className="link-row">
      <Stack gap={6}>
        <Group gap="xs">
          <Badge color="orange" variant="light" tt="none">
            {report.reason}
          </Badge>
          {report.linkState === "banned" ? (
            <Badge color="red" variant="light" tt="none">
              link banned
            </Badge>
          ) : null}
          <Text size="xs" c="dimmed">
            {showAgo(report.createdAt)}
          </Text>
        </Group>
        <Anchor
          fw={600}
          renderRoot={(props) => (
            <RouteLink {...props} to="/links/$id" params={{ id: report.linkId }} />
          )}
        >
          {shown(report.shortUrl)}
        </Anchor>
        <Text size="sm" c="dimmed" className="long-url">
          {report.url}
        </Text>
        {report.comment === null ? null : <Text size="sm">“{report.comment}”</Text>}
        <Group gap="xs" mt={4}>
          {report.linkState === "banned" ? (
            <Button
              size="xs"
              variant="default"
              disabled={act.isPending}
              onClick={() => act.mutate(() => actions.unbanLink(report))}
            >
              Unban link
            </Button>
          ) : (
            <Button
              size="xs"
              color="red"
              variant="light"
              leftSection={<IconBan size={14} />}
              disabled={act.isPending}
              onClick={() => act.mutate(() => actions.banLink(report))}
            >
              Ban link
            </Button>
          )}
          {report.state === "open" ? (
            <>
              <Button
                size="xs"
                color="red"
                variant="light"
                leftSection={<IconWorldX size={14} />}
                disabled={act.isPending}
                onClick={() => act.mutate(() => actions.banHost(report, host))}
              >
                Ban {host}
              </Button>
              <Button
                size="xs"
                variant="default"
                disabled={act.isPending}
                onClick={() => act.mutate(() => actions.dismiss(report))}
              >
                Dismiss
              </Button>
            </>
          ) : null}
        </Group>
      </Stack>
    </li>
  );
}
