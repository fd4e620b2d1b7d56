/** The conditions of one rule: a field for each that was added. */
import {
  ActionIcon,
  Button,
  Group,
  Input,
  Menu,
  MultiSelect,
  SimpleGrid,
  Stack,
  TagsInput,
  TextInput,
} from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { countryChoices } from "./countries.ts";
import type { LinkForm } from "./link-form.ts";
import { conditions, devices, type ConditionName } from "./rule-values.ts";

const browsers = ["Chrome", "Safari", "Firefox", "Edge", "Opera", "Samsung Internet"];
const languages = ["en", "de", "fr", "es", "pt-BR", "it", "nl", "pl", "ja", "zh", "ar", "hi"];

export interface RuleConditionsProps {
  form: LinkForm;
  /** The rule's place in the list. */
  at: number;
}

/** Fields, and a menu of the conditions that are not there yet. */
export function RuleConditions({ form, at }: RuleConditionsProps) {
  const shown = form.values.rules[at]?.shown ?? [];
  const show = (names: ConditionName[]): void => form.setFieldValue(`rules.${at}.shown`, names);
  const missing = conditions.filter(({ name }) => !shown.includes(name));
  const error = form.errors[`rules.${at}.shown`];
  return (
    <Stack gap="xs">
      {shown.map((name) => (
        <Group key={name} gap="xs" wrap="nowrap" align="flex-end">
          <div className="grows">
            <ConditionField form={form} at={at} name={name} />
          </div>
          <ActionIcon
            mb={4}
            variant="subtle"
            color="gray"
            aria-label={`Remove the condition ${labelOf(name)}`}
            onClick={() => show(shown.filter((other) => other !== name))}
          >
            <IconX size={18} />
          </ActionIcon>
        </Group>
      ))}
      {error === undefined ? null : <Input.Error>{error}</Input.Error>}
      {missing.length === 0 ? null : (
        <Group>
          <Menu position="bottom-start">
            <Menu.Target>
              <Button size="compact-xs" variant="subtle" leftSection={<IconPlus size={14} />}>
                Condition
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {missing.map(({ name, label }) => (
                <Menu.Item key={name} onClick={() => show([...shown, name])}>
                  {label}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        </Group>
      )}
    </Stack>
  );
}

function labelOf(name: ConditionName): string {
  return conditions.find((condition) => condition.name === name)?.label ?? name;
}

function ConditionField({ form, at, name }: RuleConditionsProps & { name: ConditionName }) {
  const label = labelOf(name);
  const props = form.getInputProps(`rules.${at}.${name}`);
  const empty = form.values.rules[at]?.[name].length === 0;
  const anyOf = empty ? "Any of" : "";
  switch (name) {
    case "device":
      return <MultiSelect label={label} data={devices} placeholder={anyOf} {...props} />;
    case "browser":
      return <TagsInput label={label} data={browsers} placeholder={anyOf} {...props} />;
    case "language":
      return (
        <TagsInput
          label={label}
          data={languages}
          placeholder={empty ? "de, pt-BR" : ""}
          {...props}
        />
      );
    case "country":
      return (
        <MultiSelect
          label={label}
          data={countryChoices()}
          placeholder={anyOf}
          searchable
          limit={300}
          {...props}
        />
      );
    case "address":
      return (
        <TagsInput
          label={label}
          placeholder={empty ? "192.0.2.0/24" : ""}
          splitChars={[",", " "]}
          {...props}
        />
      );
    case "query":
      return (
        <SimpleGrid cols={2} spacing="xs">
          <TextInput label={label} placeholder="ref" {...props} />
          <TextInput
            label="with the value"
            placeholder="any"
            {...form.getInputProps(`rules.${at}.queryValue`)}
          />
        </SimpleGrid>
      );
    case "after":
    case "before":
      break;
  }
  return <TextInput type="datetime-local" label={label} {...props} />;
}
