/** Changes one rule: how much, for whom else, and whether it refuses at all. */
import {
  ActionIcon,
  Button,
  Group,
  Modal,
  NumberInput,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useForm, type UseFormReturnType } from "@mantine/form";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import type { LimitRule, RuleEdit } from "@tenfold/rate-limits/contract";
import { call } from "../../app/api.ts";
import { ProblemNotice } from "../../app/problem-notice.tsx";
import { limitsChanged } from "./limits-query.ts";

export interface EditRuleDialogProps {
  /** Closed without one. */
  rule: LimitRule | undefined;
  onClose: () => void;
}

/** A fresh form each time it opens. */
export function EditRuleDialog({ rule, onClose }: EditRuleDialogProps) {
  return (
    <Modal
      opened={rule !== undefined}
      onClose={onClose}
      title={rule === undefined ? "" : `Edit ${rule.name}`}
    >
      {rule === undefined ? null : <EditRule key={rule.name} rule={rule} onClose={onClose} />}
    </Modal>
  );
}

interface Values {
  mode: LimitRule["mode"];
  limit: number | "";
  burst: number | "";
  overrides: { values: string[]; limit: number | "" }[];
}

function EditRule({ rule, onClose }: { rule: LimitRule; onClose: () => void }) {
  const isBucket = rule.policy.algorithm.endsWith("bucket");
  const form = useForm<Values>({
    initialValues: {
      mode: rule.mode,
      limit: rule.policy.limit,
      burst: rule.policy.capacity,
      overrides: (rule.edit?.edit.overrides ?? []).map(({ values, limit }) => ({
        values: [...values],
        limit: limit ?? "",
      })),
    },
  });
  const finish = async (): Promise<void> => {
    await limitsChanged();
    onClose();
  };
  const params = { name: rule.name };
  const save = useMutation({
    mutationFn: (values: Values) =>
      call("PUT /v1/limits/{name}/edit", { params, body: editOf(values, isBucket) }),
    onSuccess: finish,
  });
  const undo = useMutation({
    mutationFn: () => call("DELETE /v1/limits/{name}/edit", { params }),
    onSuccess: finish,
  });
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack>
        <SegmentedControl
          fullWidth
          aria-label="What the rule does"
          data={[
            { value: "enforced", label: "Enforced" },
            { value: "shadow", label: "Shadow" },
            { value: "off", label: "Off" },
          ]}
          {...form.getInputProps("mode")}
        />
        <Group grow align="flex-start">
          <NumberInput
            label={unitsLabel(rule)}
            min={1}
            max={2 ** 31 - 1}
            allowDecimal={false}
            thousandSeparator
            required
            {...form.getInputProps("limit")}
          />
          {isBucket ? (
            <NumberInput
              label="Saved up to"
              min={1}
              max={2 ** 31 - 1}
              allowDecimal={false}
              thousandSeparator
              {...form.getInputProps("burst")}
            />
          ) : null}
        </Group>
        {rule.per.length === 0 ? null : <Overrides rule={rule} form={form} />}
        <ProblemNotice error={save.error ?? undo.error} />
        <Group justify="space-between">
          <Button
            variant="subtle"
            color="gray"
            disabled={rule.edit === null}
            loading={undo.isPending}
            onClick={() => undo.mutate()}
          >
            Back to the file
          </Button>
          <Group gap="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}

function Overrides({ rule, form }: { rule: LimitRule; form: UseFormReturnType<Values> }) {
  const add = (): void =>
    form.insertListItem("overrides", { values: rule.per.map(() => ""), limit: "" });
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>
        Limits of their own
      </Text>
      <Text size="xs" c="dimmed">
        Without a number, that {rule.per.join(" and ")} is not limited by this rule.
      </Text>
      {form.values.overrides.map((override, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- the rows have no identity but their place
        <Group key={at} wrap="nowrap" gap="xs" align="flex-start">
          {override.values.map((_value, part) => (
            <TextInput
              // oxlint-disable-next-line react/no-array-index-key -- as above
              key={part}
              className="grows"
              aria-label={`${rule.per[part] ?? "key"} of row ${at + 1}`}
              placeholder={rule.per[part] ?? ""}
              required
              {...form.getInputProps(`overrides.${at}.values.${part}`)}
            />
          ))}
          <NumberInput
            w={120}
            aria-label={`Limit of row ${at + 1}`}
            placeholder="no limit"
            min={1}
            allowDecimal={false}
            thousandSeparator
            {...form.getInputProps(`overrides.${at}.limit`)}
          />
          <ActionIcon
            mt={4}
            variant="subtle"
            color="gray"
            aria-label={`Remove row ${at + 1}`}
            onClick={() => form.removeListItem("overrides", at)}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      ))}
      <Button
        size="xs"
        variant="default"
        leftSection={<IconPlus size={14} />}
        onClick={add}
        style={{ alignSelf: "flex-start" }}
      >
        Add
      </Button>
    </Stack>
  );
}

function editOf({ mode, limit, burst, overrides }: Values, isBucket: boolean): RuleEdit {
  return {
    mode,
    ...(limit === "" ? {} : { limit }),
    ...(isBucket && burst !== "" ? { burst } : {}),
    overrides: overrides.map((override) => ({
      values: override.values.map((value) => value.trim()),
      limit: override.limit === "" ? null : override.limit,
    })),
  };
}

function unitsLabel({ policy }: LimitRule): string {
  if (policy.algorithm === "concurrency") return "At once";
  if (policy.calendar !== null) return `Per calendar ${policy.calendar}`;
  const named: Record<number, string> = { 1: "second", 60: "minute", 3600: "hour", 86400: "day" };
  return `Per ${named[policy.windowSeconds] ?? `${policy.windowSeconds} s`}`;
}
