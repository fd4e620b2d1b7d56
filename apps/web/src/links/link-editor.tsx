/** Changes a link, without overwriting what someone else changed meanwhile. */
import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import type { Link, LinkChange } from "@tenfold/url-shortener/contract";
import { useState } from "react";
import { call } from "../app/api.ts";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { problemOf } from "../app/problems.ts";
import { queryClient } from "../app/query-client.ts";
import { Section } from "../app/section.tsx";
import { usePlacedProblem } from "../app/use-placed-problem.ts";
import { useLinkForm } from "./link-form.ts";
import { LinkSettings } from "./link-settings.tsx";
import { changeOf, linkCodeFields, linkFieldOf, valuesOf } from "./link-values.ts";
import { linkQuery, linksChanged } from "./queries.ts";

/** Starts from the link as it was when editing began; a newer one is taken over on demand. */
export function LinkEditor({ link }: { link: Link }) {
  const [base, setBase] = useState(link);
  const reload = async (): Promise<void> => {
    setBase(await queryClient.fetchQuery({ ...linkQuery(link.id), staleTime: 0 }));
  };
  return (
    <EditForm key={base.version} base={base} onSaved={setBase} onReload={() => void reload()} />
  );
}

interface EditFormProps {
  base: Link;
  onSaved: (link: Link) => void;
  onReload: () => void;
}

function EditForm({ base, onSaved, onReload }: EditFormProps) {
  const form = useLinkForm(valuesOf(base));
  const { unplaced, clear, place } = usePlacedProblem(form, {
    fieldOf: linkFieldOf,
    codes: linkCodeFields,
  });
  const save = useMutation({
    mutationFn: (change: LinkChange) =>
      call("PATCH /v1/links/{id}", {
        params: { id: base.id },
        body: change,
        ifMatch: base.version,
      }),
    onMutate: clear,
    onSuccess: ({ body }) => {
      linksChanged(body);
      notifications.show({ message: "Saved." });
      onSaved(body);
    },
    onError: place,
  });
  const change = changeOf(form.values, base);
  const conflict = problemOf(unplaced)?.code === "precondition_failed";
  return (
    <Section title="Settings" description="The short URL itself never changes.">
      <form
        noValidate
        onSubmit={form.onSubmit(() => {
          if (change !== undefined) save.mutate(change);
        })}
      >
        <Stack gap="lg">
          <TextInput
            label="Leads to"
            inputMode="url"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={2048}
            {...form.getInputProps("url")}
          />
          <LinkSettings form={form} link={base} />
          {conflict ? <Conflict onReload={onReload} /> : <ProblemNotice error={unplaced} />}
          <Group justify="flex-end" className="save-bar">
            {change === undefined ? (
              <Text size="sm" c="dimmed">
                Nothing to save
              </Text>
            ) : (
              <Button variant="default" onClick={form.reset}>
                Undo changes
              </Button>
            )}
            <Button type="submit" loading={save.isPending} disabled={change === undefined}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

function Conflict({ onReload }: { onReload: () => void }) {
  return (
    <Alert role="alert" color="yellow" title="The link was changed elsewhere meanwhile">
      <Text size="sm">
        Saving now would overwrite that. Take over the newer version, then make your changes again.
      </Text>
      <Button mt="sm" size="xs" color="yellow" variant="light" onClick={onReload}>
        Show the newer version
      </Button>
    </Alert>
  );
}
