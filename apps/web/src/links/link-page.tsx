/** Everything about one link: where it is, how it fares, what it can be told. */
import "../app/more-styles.css";
import { Anchor, Skeleton, Stack, Tabs } from "@mantine/core";
import { IconAdjustmentsHorizontal, IconArrowLeft, IconChartBar } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link as RouteLink } from "@tanstack/react-router";
import type { Link } from "@tenfold/url-shortener/contract";
import { lazy, Suspense } from "react";
import { Page } from "../app/page.tsx";
import { ProblemNotice } from "../app/problem-notice.tsx";
import { ClicksPanel } from "./clicks-panel.tsx";
import { LinkCard } from "./link-card.tsx";
import { linkQuery } from "./queries.ts";
import { shown } from "./short-url.ts";

// Most visits are for the figures.
const LinkEditing = lazy(async () => ({
  default: (await import("./link-editing.tsx")).LinkEditing,
}));

const route = getRouteApi("/shell/links/$id");

/** The page at `/links/{id}`. */
export function LinkPage() {
  const { id } = route.useParams();
  const link = useQuery({ ...linkQuery(id), refetchInterval: 15_000 });
  const title = link.data === undefined ? "Link" : (link.data.title ?? shown(link.data.shortUrl));
  return (
    <Stack gap="sm">
      <Anchor
        size="sm"
        className="back"
        renderRoot={(props) => <RouteLink {...props} to="/links" />}
      >
        <IconArrowLeft size={16} aria-hidden /> All links
      </Anchor>
      <Page title={title}>
        {link.isPending ? <Skeleton height={220} /> : null}
        {link.data === undefined ? (
          <ProblemNotice error={link.error} onRetry={() => void link.refetch()} />
        ) : (
          <Details link={link.data} />
        )}
      </Page>
    </Stack>
  );
}

function Details({ link }: { link: Link }) {
  return (
    <>
      <LinkCard link={link} />
      <Tabs defaultValue="clicks" keepMounted={false}>
        <Tabs.List mb="lg">
          <Tabs.Tab value="clicks" leftSection={<IconChartBar size={16} />}>
            Clicks
          </Tabs.Tab>
          <Tabs.Tab value="edit" leftSection={<IconAdjustmentsHorizontal size={16} />}>
            Edit
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="clicks">
          <ClicksPanel id={link.id} />
        </Tabs.Panel>
        <Tabs.Panel value="edit">
          <Suspense fallback={<Skeleton height={600} />}>
            <LinkEditing link={link} />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
