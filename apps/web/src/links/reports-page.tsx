/** For administrators: what people report, and what was banned. */
import "../app/more-styles.css";
import { Tabs } from "@mantine/core";
import { IconFlag, IconWorldX } from "@tabler/icons-react";
import { Page } from "../app/page.tsx";
import { BannedHosts } from "./banned-hosts.tsx";
import { ReportQueue } from "./report-queue.tsx";

/** The page at `/reports`. */
export function ReportsPage() {
  return (
    <Page title="Reports" description="Abuse that people told of, and hosts that are banned.">
      <Tabs defaultValue="reports" keepMounted={false}>
        <Tabs.List mb="lg">
          <Tabs.Tab value="reports" leftSection={<IconFlag size={16} />}>
            Reports
          </Tabs.Tab>
          <Tabs.Tab value="hosts" leftSection={<IconWorldX size={16} />}>
            Banned hosts
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="reports">
          <ReportQueue />
        </Tabs.Panel>
        <Tabs.Panel value="hosts">
          <BannedHosts />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
