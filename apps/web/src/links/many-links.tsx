/** Links by the hundred: paste, import, export. */
import { Button, Menu, Modal } from "@mantine/core";
import { IconDownload, IconFileImport, IconList, IconStack2 } from "@tabler/icons-react";
import { useState } from "react";
import { CsvImport } from "./csv-import.tsx";
import { PasteMany } from "./paste-many.tsx";

type Way = "paste" | "import";

/** A menu whose entries open a dialog each. */
export function ManyLinks() {
  const [way, setWay] = useState<Way>();
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" leftSection={<IconStack2 size={18} />}>
            Many links
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconList size={16} />} onClick={() => setWay("paste")}>
            Paste many URLs
          </Menu.Item>
          <Menu.Item leftSection={<IconFileImport size={16} />} onClick={() => setWay("import")}>
            Import CSV
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            component="a"
            href="/v1/links/export"
            download="links.csv"
            leftSection={<IconDownload size={16} />}
          >
            Export all as CSV
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={way === "paste"}
        onClose={() => setWay(undefined)}
        title="Paste many URLs"
        size="lg"
      >
        <PasteMany />
      </Modal>
      <Modal
        opened={way === "import"}
        onClose={() => setWay(undefined)}
        title="Import CSV"
        size="lg"
      >
        <CsvImport />
      </Modal>
    </>
  );
}
