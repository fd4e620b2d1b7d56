/** Makes an API key and shows it, once. */
import { Alert, Button, Checkbox, Code, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import type { Scope } from "@tenfold/accounts/contract";
import { call } from "../app/api.ts";
import { CopyLabelled } from "../app/copy.tsx";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { namedAlike } from "../app/problems.ts";
import { queryClient } from "../app/query-client.ts";
import { usePlacedProblem } from "../app/use-placed-problem.ts";
import { keysQuery } from "./queries.ts";

const scopes: readonly { value: Scope; label: string }[] = [
  { value: "links:read", label: "Read links and their statistics" },
  { value: "links:write", label: "Make, change and delete links" },
  { value: "jobs:read", label: "Read the state of background jobs" },
  { value: "metrics:read", label: "Read metrics" },
  { value: "ids:read", label: "Draw and read unique IDs" },
];

interface Values {
  name: string;
  scopes: Scope[];
  /** `YYYY-MM-DD`, or empty. */
  expires: string;
}

export interface NewKeyDialogProps {
  opened: boolean;
  onClose: () => void;
}

/** A fresh form each time it opens; a key that was shown is forgotten when it closes. */
export function NewKeyDialog({ opened, onClose }: NewKeyDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="New API key" closeOnClickOutside={false}>
      <NewKey onClose={onClose} />
    </Modal>
  );
}

function NewKey({ onClose }: { onClose: () => void }) {
  const form = useForm<Values>({
    initialValues: { name: "", scopes: ["links:read", "links:write"], expires: "" },
    validate: {
      scopes: (chosen) => (chosen.length === 0 ? "Choose at least one." : null),
    },
  });
  const { unplaced, clear, place } = usePlacedProblem(form, {
    fieldOf: (path) =>
      namedAlike("name", "scopes")(path) ?? (path === "expiresAt" ? "expires" : undefined),
    codes: { expiry_in_past: "expires" },
  });
  const make = useMutation({
    mutationFn: async ({ name, scopes, expires }: Values) => {
      // Through the end of that day, in the reader's time.
      const expiresAt = expires === "" ? undefined : new Date(`${expires}T23:59:59`).toISOString();
      const body = { name: name.trim(), scopes, ...(expiresAt !== undefined && { expiresAt }) };
      return (await call("POST /v1/api-keys", { body })).body.key;
    },
    onMutate: clear,
    onSuccess: () => queryClient.invalidateQueries(keysQuery),
    onError: place,
  });
  if (make.isSuccess) return <KeyShown value={make.data} onClose={onClose} />;
  return (
    <form onSubmit={form.onSubmit((values) => make.mutate(values))}>
      <Stack>
        <TextInput
          label="Name"
          description="To recognise it by"
          placeholder="Deploy script"
          required
          withAsterisk={false}
          maxLength={100}
          data-autofocus
          {...form.getInputProps("name")}
        />
        <Checkbox.Group label="It may" {...form.getInputProps("scopes")}>
          <Stack gap="xs" mt="xs">
            {scopes.map(({ value, label }) => (
              <Checkbox key={value} value={value} label={label} description={value} />
            ))}
          </Stack>
        </Checkbox.Group>
        <TextInput
          type="date"
          label="Valid until"
          description="Without a date it does not expire"
          {...form.getInputProps("expires")}
        />
        <ProblemNotice error={unplaced} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={make.isPending}>
            Make key
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function KeyShown({ value, onClose }: { value: string; onClose: () => void }) {
  return (
    <Stack aria-live="polite">
      <Alert color="yellow">Copy it now. It is stored hashed and cannot be shown again.</Alert>
      <Code block className="secret">
        {value}
      </Code>
      <Group justify="flex-end">
        <CopyLabelled value={value} label="Copy key" />
        <Button variant="default" onClick={onClose}>
          Done
        </Button>
      </Group>
    </Stack>
  );
}
