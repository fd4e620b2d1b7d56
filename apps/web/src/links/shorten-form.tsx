/** One field, one button, and the options folded away. */
import { Button, Collapse, Group, Skeleton, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAdjustmentsHorizontal, IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import type { Link } from "@tenfold/url-shortener/contract";
import { lazy, Suspense, useState } from "react";
import { call, newIdempotencyKey } from "../app/api.ts";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { usePlacedProblem } from "../app/use-placed-problem.ts";
import { useLinkForm } from "./link-form.ts";
import { emptyValues, linkCodeFields, linkFieldOf, newLinkOf } from "./link-values.ts";
import { linksChanged } from "./queries.ts";
import { ShortenResult } from "./shorten-result.tsx";

// Most links are made without them.
const LinkSettings = lazy(async () => ({
  default: (await import("./link-settings.tsx")).LinkSettings,
}));

interface Made {
  link: Link;
  /** It was there already. */
  reused: boolean;
}

/** Shortens a URL and shows what came of it. */
export function ShortenForm() {
  const form = useLinkForm(emptyValues());
  const [opened, options] = useDisclosure(false);
  const [made, setMade] = useState<Made>();
  const { unplaced, clear, place } = usePlacedProblem(form, {
    fieldOf: linkFieldOf,
    codes: linkCodeFields,
  });
  const create = useMutation({
    mutationFn: (values: typeof form.values) =>
      call("POST /v1/links", { body: newLinkOf(values), idempotencyKey: newIdempotencyKey() }),
    onMutate: clear,
    onSuccess: ({ status, body }) => {
      setMade({ link: body, reused: status === 200 });
      linksChanged(body);
      form.setValues(emptyValues());
      form.clearErrors();
      options.close();
    },
    onError: (error) => {
      setMade(undefined);
      // A field that is folded away could not show what is wrong with it.
      if (place(error) === undefined) options.open();
    },
  });
  return (
    <form
      onSubmit={form.onSubmit(
        (values) => create.mutate(values),
        (errors) => {
          if (Object.keys(errors).some((field) => field !== "url")) options.open();
        },
      )}
      noValidate
    >
      <Stack gap="md">
        <Group align="flex-start" gap="sm">
          <TextInput
            className="url-field"
            size="lg"
            aria-label="URL to shorten"
            placeholder="https://example.com/a-long-address"
            inputMode="url"
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            maxLength={2048}
            {...form.getInputProps("url")}
          />
          <Button className="url-button" type="submit" size="lg" loading={create.isPending}>
            Shorten
          </Button>
        </Group>
        <Group>
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            leftSection={<IconAdjustmentsHorizontal size={16} />}
            rightSection={opened ? <IconChevronUp size={16} /> : <IconChevronDown size={16} />}
            onClick={options.toggle}
            aria-expanded={opened}
            aria-controls="link-options"
          >
            Options
          </Button>
        </Group>
        <Collapse expanded={opened} keepMounted={false} id="link-options">
          <Suspense fallback={<Skeleton height={600} />}>
            <LinkSettings form={form} />
          </Suspense>
        </Collapse>
        <ProblemNotice error={unplaced} />
        {made === undefined ? null : <ShortenResult {...made} />}
      </Stack>
    </form>
  );
}
