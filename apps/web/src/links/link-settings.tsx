/** Everything one can tell a link besides its URL. */
import "../app/more-styles.css";
import {
  Divider,
  NumberInput,
  PasswordInput,
  SimpleGrid,
  Stack,
  Switch,
  TagsInput,
  TextInput,
} from "@mantine/core";
import type { Link } from "@tenfold/url-shortener/contract";
import { CodeFields } from "./code-fields.tsx";
import type { LinkForm } from "./link-form.ts";
import { RulesEditor } from "./rules-editor.tsx";
import { SettingsGroup } from "./settings-group.tsx";
import { StatusChoice } from "./status-choice.tsx";
import { VariantsEditor } from "./variants-editor.tsx";

export interface LinkSettingsProps {
  form: LinkForm;
  /** The link that is edited; none while creating. */
  link?: Link;
}

/** The fields, in groups. */
export function LinkSettings({ form, link }: LinkSettingsProps) {
  return (
    <Stack gap="lg">
      {link === undefined ? <CodeFields form={form} /> : null}
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput
          label="Title"
          description="For you; the page's own is looked up when empty"
          maxLength={200}
          {...form.getInputProps("title")}
        />
        <TagsInput
          label="Tags"
          description="Press Enter after each"
          maxTags={20}
          splitChars={[",", ";"]}
          {...form.getInputProps("tags")}
        />
      </SimpleGrid>
      <Divider />
      <StatusChoice {...form.getInputProps("status")} />
      <Divider />
      <ValidityFields form={form} />
      <Divider />
      <PasswordFields form={form} link={link} />
      <Switch
        label="Pass query parameters on"
        description="?ref=x on the short link is added to the target"
        checked={form.values.forwardQuery}
        onChange={(event) => form.setFieldValue("forwardQuery", event.currentTarget.checked)}
      />
      <Divider />
      <RulesEditor form={form} />
      <Divider />
      <VariantsEditor form={form} />
    </Stack>
  );
}

function ValidityFields({ form }: { form: LinkForm }) {
  return (
    <SettingsGroup title="Validity">
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <TextInput type="datetime-local" label="Valid from" {...form.getInputProps("validFrom")} />
        <TextInput
          type="datetime-local"
          label="Valid until"
          {...form.getInputProps("validUntil")}
        />
        <NumberInput
          label="Visits at most"
          placeholder="No limit"
          min={1}
          max={1_000_000_000}
          allowDecimal={false}
          {...form.getInputProps("maxVisits")}
        />
      </SimpleGrid>
    </SettingsGroup>
  );
}

function PasswordFields({ form, link }: { form: LinkForm; link: Link | undefined }) {
  const has = link?.hasPassword === true;
  return (
    <Stack gap="xs">
      <PasswordInput
        label="Password"
        description={
          has
            ? "Visitors are asked for one. Type a new one to replace it."
            : "Visitors must give it before they are sent on"
        }
        placeholder={has ? "Unchanged" : "None"}
        autoComplete="new-password"
        maxLength={128}
        disabled={form.values.removePassword}
        {...form.getInputProps("password")}
      />
      {has ? (
        <Switch
          label="Ask for no password any more"
          checked={form.values.removePassword}
          onChange={(event) => form.setFieldValue("removePassword", event.currentTarget.checked)}
        />
      ) : null}
    </Stack>
  );
}
