/** What one is called. */
import { Button, Group, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import type { Account } from "@tenfold/accounts/contract";
import { call } from "../app/api.ts";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { namedAlike } from "../app/problems.ts";
import { queryClient } from "../app/query-client.ts";
import { Section } from "../app/section.tsx";
import { meQuery } from "../app/session.ts";
import { usePlacedProblem } from "../app/use-placed-problem.ts";

/** A name may be taken away again. */
export function NameSection({ me }: { me: Account }) {
  const form = useForm({ initialValues: { name: me.name ?? "" } });
  const { unplaced, clear, place } = usePlacedProblem(form, { fieldOf: namedAlike("name") });
  const save = useMutation({
    mutationFn: (name: string) =>
      call("PATCH /v1/me", { body: { name: name === "" ? null : name } }),
    onMutate: clear,
    onSuccess: ({ body }) => {
      queryClient.setQueryData(meQuery.queryKey, body);
      notifications.show({ message: "Saved." });
    },
    onError: place,
  });
  const changed = form.values.name.trim() !== (me.name ?? "");
  return (
    <Section title="Name">
      <form onSubmit={form.onSubmit(({ name }) => save.mutate(name.trim()))}>
        <Stack>
          <Group align="flex-start" gap="sm">
            <TextInput
              className="search-field"
              aria-label="Your name"
              placeholder="Your name"
              autoComplete="name"
              maxLength={100}
              {...form.getInputProps("name")}
            />
            <Button type="submit" loading={save.isPending} disabled={!changed}>
              Save
            </Button>
          </Group>
          <ProblemNotice error={unplaced} />
        </Stack>
      </form>
    </Section>
  );
}
