/** Sends some visitors elsewhere; the first rule that fits decides. */
import { ActionIcon, Button, Group, Paper, Stack, Text, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { RuleConditions } from "./rule-conditions.tsx";
import type { LinkForm } from "./link-form.ts";
import { emptyRule } from "./rule-values.ts";
import { SettingsGroup } from "./settings-group.tsx";

const RULES_MAX = 50;

/** The rules in their order. */
export function RulesEditor({ form }: { form: LinkForm }) {
  const { rules } = form.values;
  return (
    <SettingsGroup
      title="Rules"
      description="Send visitors elsewhere by device, language, country and more. They are tried from the top; the first whose conditions all hold decides."
    >
      {rules.map((rule, at) => (
        <Paper key={rule.key} className="surface" p="sm">
          <Stack gap="sm">
            <RuleHeader form={form} at={at} />
            <RuleConditions form={form} at={at} />
            <TextInput
              label="Leads to"
              placeholder="https://example.com/app"
              inputMode="url"
              {...form.getInputProps(`rules.${at}.url`)}
            />
          </Stack>
        </Paper>
      ))}
      <Group>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={16} />}
          disabled={rules.length >= RULES_MAX}
          onClick={() => form.insertListItem("rules", emptyRule())}
        >
          Add a rule
        </Button>
      </Group>
    </SettingsGroup>
  );
}

function RuleHeader({ form, at }: { form: LinkForm; at: number }) {
  const last = form.values.rules.length - 1;
  const move = (to: number) => form.reorderListItem("rules", { from: at, to });
  return (
    <Group justify="space-between" wrap="nowrap">
      <Text size="sm" fw={500}>
        Rule {at + 1}
      </Text>
      <Group gap={4} wrap="nowrap">
        <ActionIcon
          variant="subtle"
          color="gray"
          disabled={at === 0}
          onClick={() => move(at - 1)}
          aria-label={`Move rule ${at + 1} up`}
          title="Earlier"
        >
          <IconArrowUp size={18} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          disabled={at === last}
          onClick={() => move(at + 1)}
          aria-label={`Move rule ${at + 1} down`}
          title="Later"
        >
          <IconArrowDown size={18} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          onClick={() => form.removeListItem("rules", at)}
          aria-label={`Remove rule ${at + 1}`}
          title="Remove"
        >
          <IconTrash size={18} />
        </ActionIcon>
      </Group>
    </Group>
  );
}
