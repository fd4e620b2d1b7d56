/** A new password, against the old one. */
import { Button, Group, PasswordInput, SimpleGrid, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { call } from "../app/api.ts";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { namedAlike } from "../app/problems.ts";
import { queryClient } from "../app/query-client.ts";
import { Section } from "../app/section.tsx";
import { usePlacedProblem } from "../app/use-placed-problem.ts";
import { passwordProblem, passwordRule } from "./password-rule.ts";
import { sessionsQuery } from "./queries.ts";

/** Changing it signs out everywhere else. */
export function PasswordSection({ email }: { email: string }) {
  const form = useForm({
    initialValues: { currentPassword: "", password: "" },
    validate: { password: passwordProblem },
  });
  const { unplaced, clear, place } = usePlacedProblem(form, {
    fieldOf: namedAlike("currentPassword", "password"),
    codes: { credentials_wrong: "currentPassword" },
  });
  const save = useMutation({
    mutationFn: (body: typeof form.values) => call("PATCH /v1/me", { body }),
    onMutate: clear,
    onSuccess: () => {
      form.reset();
      void queryClient.invalidateQueries(sessionsQuery);
      notifications.show({ message: "The password is changed. You are signed out elsewhere." });
    },
    onError: place,
  });
  return (
    <Section title="Password" description="A change signs you out everywhere else.">
      <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Stack>
          {/* For password managers, which want to know whose password this is. */}
          <input type="text" name="email" autoComplete="username" value={email} readOnly hidden />
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <PasswordInput
              label="Current password"
              description="To make sure it is you"
              autoComplete="current-password"
              required
              withAsterisk={false}
              {...form.getInputProps("currentPassword")}
            />
            <PasswordInput
              label="New password"
              description={passwordRule}
              autoComplete="new-password"
              required
              withAsterisk={false}
              {...form.getInputProps("password")}
            />
          </SimpleGrid>
          <ProblemNotice error={unplaced} />
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending}>
              Change password
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
