/** Lets others in. */
import { Alert, Button, Code, Group, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery } from "@tanstack/react-query";
import { call } from "../app/api.ts";
import { CopyLabelled } from "../app/copy.tsx";
import { showDate } from "../app/format.ts";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { namedAlike, problemLine } from "../app/problems.ts";
import { queryClient } from "../app/query-client.ts";
import { Section } from "../app/section.tsx";
import { usePlacedProblem } from "../app/use-placed-problem.ts";
import { invitationsQuery } from "./queries.ts";

const refresh = (): Promise<void> => queryClient.invalidateQueries(invitationsQuery);

/** Open invitations, and a form for another. */
export function InvitationsSection() {
  const invitations = useQuery(invitationsQuery);
  const withdraw = useMutation({
    mutationFn: (id: string) => call("DELETE /v1/invitations/{id}", { params: { id } }),
    onSuccess: refresh,
    onError: (error) => notifications.show({ color: "red", message: problemLine(error) }),
  });
  return (
    <Section
      title="Invitations"
      description="Each works once, whether sign-up is open or by invitation only."
    >
      <InviteForm />
      <ProblemNotice error={invitations.error} onRetry={() => void invitations.refetch()} />
      {invitations.isPending ? <Skeleton height={40} /> : null}
      <ul className="plain-list">
        {invitations.data?.map((invitation) => (
          <li key={invitation.id} className="link-row">
            <Group justify="space-between" wrap="nowrap">
              <div className="grows">
                <Text size="sm" truncate>
                  {invitation.email ?? "Anyone with the code"}
                </Text>
                <Text size="xs" c="dimmed">
                  Made {showDate(invitation.createdAt)} · until {showDate(invitation.expiresAt)}
                </Text>
              </div>
              <Button
                size="xs"
                variant="subtle"
                color="gray"
                onClick={() => withdraw.mutate(invitation.id)}
              >
                Withdraw
              </Button>
            </Group>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function InviteForm() {
  const form = useForm({ initialValues: { email: "" } });
  const { unplaced, clear, place } = usePlacedProblem(form, { fieldOf: namedAlike("email") });
  const invite = useMutation({
    mutationFn: async ({ email }: typeof form.values) => {
      const body = email.trim() === "" ? {} : { email: email.trim() };
      const { code } = (await call("POST /v1/invitations", { body })).body;
      const link = new URL("/app/sign-in", window.location.origin);
      link.searchParams.set("invitation", code);
      return link.href;
    },
    onMutate: clear,
    onSuccess: () => {
      form.reset();
      return refresh();
    },
    onError: place,
  });
  return (
    <form onSubmit={form.onSubmit((values) => invite.mutate(values))}>
      <Stack>
        <Group align="flex-start" gap="sm">
          <TextInput
            className="search-field"
            type="email"
            aria-label="Email address of the invited"
            placeholder="Email address, or empty for anyone"
            {...form.getInputProps("email")}
          />
          <Button type="submit" variant="default" loading={invite.isPending}>
            Invite
          </Button>
        </Group>
        <ProblemNotice error={unplaced} />
        {invite.data === undefined ? null : (
          <Alert
            aria-live="polite"
            color="teal"
            title="Send them this address; it is shown only now"
          >
            <Stack gap="sm" align="flex-start">
              <Code block className="secret">
                {invite.data}
              </Code>
              <CopyLabelled value={invite.data} label="Copy address" />
            </Stack>
          </Alert>
        )}
      </Stack>
    </form>
  );
}
