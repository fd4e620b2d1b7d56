/** Your links, with a search, a tag, and more on demand. */
import { Button, Center, Group, Paper, Skeleton, Stack, VisuallyHidden } from "@mantine/core";
import { IconLinkPlus, IconSearchOff } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Nothing } from "../app/nothing.tsx";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { LinkFilters } from "./link-filters.tsx";
import { LinkRow } from "./link-row.tsx";
import { linksQuery, type LinkFilter } from "./queries.ts";

const route = getRouteApi("/shell/links");

/** The filter lives in the address, so that back and reload keep it. */
export function LinkList() {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const links = useInfiniteQuery({ ...linksQuery(filter), placeholderData: keepPreviousData });
  const setFilter = (next: LinkFilter): void => {
    void navigate({ search: next, replace: true, resetScroll: false });
  };
  const items = links.data?.pages.flatMap((page) => page.items) ?? [];
  const tags = [...new Set(items.flatMap((link) => link.tags))].sort();
  const filtered = filter.search !== undefined || filter.tag !== undefined;
  return (
    <Paper
      component="section"
      aria-label="Your links"
      className="surface"
      p={{ base: "md", sm: "lg" }}
    >
      <Stack gap="sm">
        {items.length > 0 || filtered ? (
          <LinkFilters filter={filter} tags={tags} onChange={setFilter} />
        ) : null}
        {links.isPending ? <RowSkeletons /> : null}
        {links.isError ? (
          <ProblemNotice error={links.error} onRetry={() => void links.refetch()} />
        ) : null}
        {links.isSuccess && items.length === 0 ? <Empty filtered={filtered} /> : null}
        <ul className="plain-list" aria-busy={links.isFetching}>
          {items.map((link) => (
            <LinkRow key={link.id} link={link} onTag={(tag) => setFilter({ ...filter, tag })} />
          ))}
        </ul>
        {links.hasNextPage ? (
          <Center>
            <Button
              variant="default"
              loading={links.isFetchingNextPage}
              onClick={() => void links.fetchNextPage()}
            >
              Show more
            </Button>
          </Center>
        ) : null}
      </Stack>
    </Paper>
  );
}

function Empty({ filtered }: { filtered: boolean }) {
  return filtered ? (
    <Nothing Icon={IconSearchOff} title="No link fits" text="Try fewer words, or another tag." />
  ) : (
    <Nothing
      Icon={IconLinkPlus}
      title="No links yet"
      text="Paste a long URL above, and it will be listed here with its clicks."
    />
  );
}

function RowSkeletons() {
  return (
    <Stack gap="lg" aria-live="polite">
      <VisuallyHidden>Loading</VisuallyHidden>
      {[220, 180, 260, 200].map((width) => (
        <Group key={width} justify="space-between" wrap="nowrap">
          <Stack gap={8} className="grows">
            <Skeleton height={16} width={width} maw="100%" />
            <Skeleton height={12} width="70%" />
          </Stack>
          <Skeleton height={16} width={60} />
        </Group>
      ))}
    </Stack>
  );
}
