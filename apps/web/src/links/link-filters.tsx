/** Narrows the list. */
import { Autocomplete, CloseButton, Group, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch, IconTag } from "@tabler/icons-react";
import { useEffect, useState } from "react";
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
  const [search, setSearch] = useState(filter.search ?? "");
  const [tag, setTag] = useState(filter.tag ?? "");
  // A tag can also be chosen in a row of the list.
  useEffect(() => setTag(filter.tag ?? ""), [filter.tag]);
  const changeSoon = useDebouncedCallback(onChange, PAUSE_MS);
  const changeSearch = (text: string): void => {
    setSearch(text);
    changeSoon(filterOf(text, tag));
  };
  const changeTag = (text: string): void => {
    setTag(text);
    changeSoon(filterOf(search, text));
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
            <CloseButton aria-label="Clear the search" onClick={() => changeSearch("")} />
          )
        }
        maxLength={200}
        value={search}
        onChange={(event) => changeSearch(event.currentTarget.value)}
      />
      <Autocomplete
        className="tag-field"
        aria-label="Tag"
        placeholder="Any tag"
        leftSection={<IconTag size={16} />}
        data={[...tags]}
        maxLength={40}
        clearable
        value={tag}
        onChange={changeTag}
      />
    </Group>
  );
}
