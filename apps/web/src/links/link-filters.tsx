/** Narrows the list. */
import { CloseButton, Group, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch, IconTag } from "@tabler/icons-react";
import { useId, useState } from "react";
import type { LinkFilter } from "./queries.ts";

export interface LinkFiltersProps {
  filter: LinkFilter;
  /** Tags to offer. */
  tags: readonly string[];
  onChange: (filter: LinkFilter) => void;
}

const PAUSE_MS = 250;

/** Leaves out what is empty: an absent field and an empty one must be the same address. */
function filterOf(search: string, tag: string): LinkFilter {
  return {
    ...(search.trim() !== "" && { search: search.trim() }),
    ...(tag.trim() !== "" && { tag: tag.trim() }),
  };
}

/** A search and a tag; both apply shortly after the last key. */
export function LinkFilters({ filter, tags, onChange }: LinkFiltersProps) {
  const listId = useId();
  // What is being typed; when it has been applied, the filter speaks again.
  const [draft, setDraft] = useState<{ search: string; tag: string }>();
  const applySoon = useDebouncedCallback((next: { search: string; tag: string }) => {
    onChange(filterOf(next.search, next.tag));
    setDraft(undefined);
  }, PAUSE_MS);
  const { search, tag } = draft ?? { search: filter.search ?? "", tag: filter.tag ?? "" };
  const change = (part: { search?: string; tag?: string }): void => {
    const next = { search, tag, ...part };
    setDraft(next);
    applySoon(next);
  };
  return (
    <Group gap="sm">
      <TextInput
        className="search-field"
        type="search"
        aria-label="Search links"
        placeholder="Search code, title, URL"
        leftSection={<IconSearch size={16} />}
        rightSection={
          search === "" ? null : (
            <CloseButton aria-label="Clear the search" onClick={() => change({ search: "" })} />
          )
        }
        maxLength={200}
        value={search}
        onChange={(event) => change({ search: event.currentTarget.value })}
      />
      <TextInput
        className="tag-field"
        type="search"
        aria-label="Tag"
        placeholder="Any tag"
        leftSection={<IconTag size={16} />}
        rightSection={
          tag === "" ? null : (
            <CloseButton aria-label="Any tag" onClick={() => change({ tag: "" })} />
          )
        }
        list={listId}
        maxLength={40}
        value={tag}
        onChange={(event) => change({ tag: event.currentTarget.value })}
      />
      <datalist id={listId}>
        {tags.map((known) => (
          <option key={known} value={known}>
            {known}
          </option>
        ))}
      </datalist>
    </Group>
  );
}
