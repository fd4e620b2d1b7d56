/** What the short URL looks like: its domain and its code. */
import { Select, SimpleGrid, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { LinkForm } from "./link-form.ts";
import { domainsQuery } from "./queries.ts";

/** The domain is asked for only where there are several. */
export function CodeFields({ form }: { form: LinkForm }) {
  const domains = useQuery(domainsQuery).data ?? [];
  const slug = (
    <TextInput
      label="Own code"
      description="Letters, digits, - and _; one is drawn when empty"
      placeholder="spring-sale"
      maxLength={64}
      autoCapitalize="none"
      spellCheck={false}
      {...form.getInputProps("slug")}
    />
  );
  if (domains.length < 2) return slug;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      {slug}
      <Select
        label="Domain"
        description="Where the short URL lives"
        data={domains}
        value={form.values.domain === "" ? (domains[0] ?? null) : form.values.domain}
        onChange={(domain) => form.setFieldValue("domain", domain ?? "")}
        error={form.errors["domain"]}
        allowDeselect={false}
      />
    </SimpleGrid>
  );
}
