/** Splits visitors over several targets by weight. */
import { ActionIcon, Button, Group, NumberInput, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { LinkForm } from "./link-form.ts";
import { newVariant } from "./link-values.ts";
import { SettingsGroup } from "./settings-group.tsx";

const VARIANTS_MAX = 20;

/** A row per variant, each with the share it gets. */
export function VariantsEditor({ form }: { form: LinkForm }) {
  const { variants } = form.values;
  const total = variants.reduce((sum, { weight }) => sum + (weight === "" ? 0 : weight), 0);
  return (
    <SettingsGroup
      title="Variants"
      description="Visitors whom no rule sends elsewhere are split by weight. With variants the link's own URL is not used; list it here to give it a share."
    >
      {variants.map((variant, at) => (
        <Group key={variant.key} wrap="nowrap" align="flex-start" gap="xs">
          <TextInput
            className="grows"
            aria-label={`Target of variant ${at + 1}`}
            placeholder="https://example.com/a"
            inputMode="url"
            {...form.getInputProps(`variants.${at}.url`)}
          />
          <NumberInput
            w={96}
            aria-label={`Weight of variant ${at + 1}`}
            min={1}
            max={1000}
            allowDecimal={false}
            suffix={
              total > 0 && variant.weight !== ""
                ? ` · ${Math.round((100 * variant.weight) / total)} %`
                : ""
            }
            {...form.getInputProps(`variants.${at}.weight`)}
          />
          <ActionIcon
            mt={4}
            variant="subtle"
            color="gray"
            aria-label={`Remove variant ${at + 1}`}
            onClick={() => form.removeListItem("variants", at)}
          >
            <IconTrash size={18} />
          </ActionIcon>
        </Group>
      ))}
      <Group>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={16} />}
          disabled={variants.length >= VARIANTS_MAX}
          onClick={() => form.insertListItem("variants", newVariant())}
        >
          Add a variant
        </Button>
      </Group>
    </SettingsGroup>
  );
}
