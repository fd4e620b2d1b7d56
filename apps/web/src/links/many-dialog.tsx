/** The dialog for many links at once. */
import "../app/more-styles.css";
import { Button, Modal, Stack, Tabs, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { CsvImport } from "./csv-import.tsx";
import { PasteMany } from "./paste-many.tsx";

/** Three tabs: pasting, importing, exporting. */
export function ManyDialog({ onClose }: { onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title="Many links" size="lg">
      <Tabs defaultValue="paste">
        <Tabs.List mb="md">
          <Tabs.Tab value="paste">Paste</Tabs.Tab>
          <Tabs.Tab value="import">Import CSV</Tabs.Tab>
          <Tabs.Tab value="export">Export</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="paste">
          <PasteMany />
        </Tabs.Panel>
        <Tabs.Panel value="import">
          <CsvImport />
        </Tabs.Panel>
        <Tabs.Panel value="export">
          <Stack align="flex-start">
            <Text size="sm" c="dimmed">
              All your links with their targets, tags, limits and clicks, as a CSV file that
              spreadsheets open and that can be imported again.
            </Text>
            <Button
              component="a"
              href="/v1/links/export"
              download="links.csv"
              leftSection={<IconDownload size={18} />}
            >
              Download links.csv
            </Button>
          </Stack>
        </Tabs.Panel>
      </Tabs>
    </Modal>
  );
}
