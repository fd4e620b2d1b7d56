/** Copying to the clipboard, with a word that it worked. */
import { ActionIcon, Button, CopyButton } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";

export interface CopyProps {
  value: string;
  /** What is copied, for those who do not see the icon: `Copy https://…`. */
  label: string;
}

/** A small icon to copy with. */
export function CopyIcon({ value, label }: CopyProps) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <ActionIcon
          variant="subtle"
          color={copied ? "teal" : "gray"}
          onClick={copy}
          title={copied ? "Copied" : "Copy"}
          aria-label={copied ? "Copied" : label}
        >
          {copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
        </ActionIcon>
      )}
    </CopyButton>
  );
}

/** A button to copy with. */
export function CopyLabelled({ value, label }: CopyProps) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Button
          variant={copied ? "light" : "filled"}
          leftSection={copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
          onClick={copy}
          aria-live="polite"
        >
          {copied ? "Copied" : label}
        </Button>
      )}
    </CopyButton>
  );
}
