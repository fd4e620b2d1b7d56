/** Links by the hundred: the button; what it opens loads when it is pressed. */
import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconStack2 } from "@tabler/icons-react";
import { lazy, Suspense } from "react";

const ManyDialog = lazy(async () => ({
  default: (await import("./many-dialog.tsx")).ManyDialog,
}));

/** Paste, import, export. */
export function ManyLinks() {
  const [opened, dialog] = useDisclosure(false);
  return (
    <>
      <Button variant="default" leftSection={<IconStack2 size={18} />} onClick={dialog.open}>
        Many links
      </Button>
      <Suspense>{opened ? <ManyDialog onClose={dialog.close} /> : null}</Suspense>
    </>
  );
}
