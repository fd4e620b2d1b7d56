/** What cannot be taken back lightly: deleting, and for administrators banning. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconBan, IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Link } from "@tenfold/url-shortener/contract";
import { call } from "../app/api.ts";
import { Confirm } from "../app/confirm.tsx";
import { problemLine } from "../app/problems.ts";
import { queryClient } from "../app/query-client.ts";
import { Section } from "../app/section.tsx";
import { useMe } from "../app/session.ts";
import { linkQuery, linksChanged } from "./queries.ts";
import { shown } from "./short-url.ts";

/** The last section of a link's page. */
export function LinkDanger({ link }: { link: Link }) {
  const me = useMe();
  return (
    <Section title="Danger">
      <Stack gap="md">
        <DeleteLink link={link} />
        {me?.role === "admin" ? <BanLink link={link} /> : null}
      </Stack>
    </Section>
  );
}

function DeleteLink({ link }: { link: Link }) {
  const navigate = useNavigate();
  const [asking, question] = useDisclosure(false);
  const remove = useMutation({
    mutationFn: () =>
      call("DELETE /v1/links/{id}", { params: { id: link.id }, ifMatch: link.version }),
    onSuccess: async () => {
      linksChanged();
      notifications.show({ message: `${shown(link.shortUrl)} is deleted.` });
      await navigate({ to: "/links" });
      queryClient.removeQueries(linkQuery(link.id));
    },
  });
  return (
    <Group justify="space-between" gap="sm">
      <Text size="sm" className="card-text">
        Deletes the link and its statistics. The code is never given to another link.
      </Text>
      <Button
        color="red"
        variant="light"
        leftSection={<IconTrash size={18} />}
        onClick={question.open}
      >
        Delete
      </Button>
      <Confirm
        opened={asking}
        title={`Delete ${shown(link.shortUrl)}?`}
        action="Delete for good"
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
        onClose={question.close}
      >
        Whoever follows it will find nothing, and its click statistics are lost.
      </Confirm>
    </Group>
  );
}

function BanLink({ link }: { link: Link }) {
  const banned = link.state === "banned";
  const params = { id: link.id };
  const change = useMutation({
    mutationFn: () =>
      banned
        ? call("DELETE /v1/links/{id}/ban", { params })
        : call("PUT /v1/links/{id}/ban", { params, body: {} }),
    onSuccess: ({ body }) => linksChanged(body),
    onError: (error) => notifications.show({ color: "red", message: problemLine(error) }),
  });
  return (
    <Group justify="space-between" gap="sm">
      <Text size="sm" className="card-text">
        {banned
          ? "This link is banned: visitors are told so (451) and not sent on."
          : "Banning stops the link at once. Visitors are told so (451)."}
      </Text>
      <Button
        color={banned ? "teal" : "red"}
        variant="light"
        leftSection={<IconBan size={18} />}
        loading={change.isPending}
        onClick={() => change.mutate()}
      >
        {banned ? "Unban" : "Ban"}
      </Button>
    </Group>
  );
}
